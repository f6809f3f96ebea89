/** envoy.type.v3.FractionalPercent. */
import type { Reader } from '../api/config.ts'
import type { FractionalPercent } from '../api/runtime.ts'

const DENOMINATORS = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 } as const

export function readFractionalPercent(reader: Reader): FractionalPercent {
  const denominator = reader.enumeration<keyof typeof DENOMINATORS>('denominator', 'HUNDRED')
  return { numerator: reader.number('numerator', 0), denominator: DENOMINATORS[denominator] }
}
