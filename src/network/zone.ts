/** Zones of IPv6 addresses (RFC 4007 §11) as getaddrinfo reads them, which Envoy asks for every address. */
import { isLinkLocal, parseIp } from '../base/ip-bits.ts'
import { interfaceIndex } from '../platform/interface-index.ts'

/** `fe80::1%eth0` with the number of the interface in place of its name; every other text as it is. */
export function numberedZone(host: string): string {
  const percent = host.indexOf('%')
  if (percent < 0) return host
  const address = host.slice(0, percent)
  const bits = parseIp(address)
  if (bits === undefined || !isLinkLocal(bits)) return host
  const index = interfaceIndex(host.slice(percent + 1))
  return index === 0 ? host : `${address}%${index}`
}
