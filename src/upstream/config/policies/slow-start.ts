/** SlowStartConfig, and the numbers of policies that the runtime may change. */
import type { Reader } from '../../../api/config.ts'
import type { RuntimeDouble, SlowStart } from './policy.ts'

const DEFAULT_MIN_WEIGHT_PERCENT = 10

/** undefined: all hosts have their whole weight at once. */
export function readSlowStart(reader: Reader): SlowStart | undefined {
  const slowStart = reader.message('slow_start_config', (config) => ({
    windowMs: Math.floor(config.durationMs('slow_start_window', 0)),
    aggression: readRuntimeDouble(config, 'aggression', 1),
    minWeight: (config.message('min_weight_percent', readPercent) ?? DEFAULT_MIN_WEIGHT_PERCENT) / 100,
  }))
  return slowStart === undefined || slowStart.windowMs === 0 ? undefined : slowStart
}

function readPercent(percent: Reader): number {
  return percent.number('value', 0)
}

export function readRuntimeDouble(reader: Reader, field: string, fallback: number): RuntimeDouble {
  const read = (inner: Reader): RuntimeDouble => ({
    value: inner.number('default_value', 0),
    runtimeKey: inner.string('runtime_key'),
  })
  return reader.message(field, read) ?? { value: fallback, runtimeKey: '' }
}
