/** In which order the addresses of a host are tried (RFC 8305 §4, as Envoy's HappyEyeballsConnectionProvider sorts them). */
import type { Address } from '../api/network.ts'

/** envoy.config.cluster.v3.UpstreamConnectionOptions.HappyEyeballsConfig. */
export interface HappyEyeballsConfig {
  /** undefined: that of the first address. */
  readonly firstFamily: 4 | 6 | 'internal' | undefined
  /** So many of the first family, then one of the others. */
  readonly firstFamilyCount: number
}

export const DEFAULT_HAPPY_EYEBALLS: HappyEyeballsConfig = { firstFamily: undefined, firstFamilyCount: 1 }

export function raceOrder(
  addresses: readonly Address[],
  { firstFamily, firstFamilyCount }: HappyEyeballsConfig,
): readonly Address[] {
  const wanted = firstFamily ?? familyOf(addresses[0])
  const first = addresses.filter((address) => familyOf(address) === wanted)
  const others = addresses.filter((address) => familyOf(address) !== wanted)
  const order: Address[] = []
  while (first.length > 0 || others.length > 0) order.push(...first.splice(0, firstFamilyCount), ...others.splice(0, 1))
  return order
}

function familyOf(address: Address | undefined): 4 | 6 | undefined {
  return address?.kind === 'ip' ? address.family : undefined
}
