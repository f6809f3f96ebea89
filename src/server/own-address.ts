/** This machine's own address: what x-forwarded-for gets for a loopback peer (--local-address-ip-version). */
import { networkInterfaces } from 'node:os'

/** The first address that is neither loopback nor link-local; loopback when there is none. */
export function ownAddress(version: 'v4' | 'v6'): string {
  const family = version === 'v4' ? 'IPv4' : 'IPv6'
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { internal, family: its, address } of addresses ?? []) {
      if (!internal && its === family && !address.startsWith('fe80:')) return address
    }
  }
  return version === 'v4' ? '127.0.0.1' : '::1'
}
