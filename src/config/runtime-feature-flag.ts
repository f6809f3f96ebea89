/** envoy.config.core.v3.RuntimeFeatureFlag: a boolean that the runtime may change. */
import type { Reader } from '../api/config.ts'
import type { Runtime } from '../api/runtime.ts'

export type RuntimeFeatureFlag = (runtime: Runtime) => boolean

/** The flag in `field`; `fallback` where it is not set, or has no default of its own. */
export function readRuntimeFeatureFlag(reader: Reader, field: string, fallback: boolean): RuntimeFeatureFlag {
  const flag = reader.message(field, (inner) => ({
    key: inner.string('runtime_key'),
    value: inner.bool('default_value', fallback),
  }))
  if (flag === undefined) return () => fallback
  const { key, value } = flag
  return key === '' ? () => value : (runtime) => runtime.current.boolean(key, value)
}
