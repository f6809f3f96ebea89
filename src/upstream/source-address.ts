/** Which of a cluster's source addresses a connection is made from (Envoy's DefaultUpstreamLocalAddressSelector). */
import type { Address, IpAddress } from '../api/network.ts'

/** The first one of the upstream's family, else the first; undefined when there are none, and for pipes. */
export function sourceAddressFor(upstream: Address, sources: readonly IpAddress[]): IpAddress | undefined {
  if (upstream.kind !== 'ip') return undefined
  const [first, ...others] = sources
  if (others.length === 0 || first?.family === upstream.family) return first
  return others.find(({ family }) => family === upstream.family) ?? first
}
