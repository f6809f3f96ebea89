/** envoy.config.core.v3.RuntimeFractionalPercent: a share of requests that the runtime may change. */
import type { Reader } from '../api/config.ts'
import type { FractionalPercent, Runtime } from '../api/runtime.ts'
import { readFractionalPercent } from '../config/fractional-percent.ts'

/** Whether the request with this random number is in the share. */
export type RuntimeFraction = (runtime: Runtime, random: number) => boolean

const NONE: FractionalPercent = { numerator: 0, denominator: 100 }

export function readRuntimeFraction(reader: Reader): RuntimeFraction {
  const key = reader.string('runtime_key')
  const fallback = reader.message('default_value', readFractionalPercent) ?? NONE
  return (runtime, random) => runtime.current.fractionEnabled(key, fallback, random)
}
