import type { Address } from '../api/network.ts'

/** How the epochs of a hot restart name a listening socket: `tcp://127.0.0.1:80`, `unix:///run/x`. */
export function socketKey(address: Address): string {
  return address.kind === 'ip' ? `tcp://${address.text}` : `unix://${address.path}`
}
