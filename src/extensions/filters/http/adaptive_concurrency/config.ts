/** envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency, parsed. */
import type { Reader } from '../../../../api/config.ts'
import { readHttpStatus } from '../../../../config/http-status.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import type { SharedName } from '../../common/shared-name.ts'
import { sharedNameOf } from '../../common/shared-name.ts'

export interface AdaptiveConcurrencyConfig {
  readonly enabled: RuntimeFeatureFlag
  /** Of the answer to who is too many. */
  readonly status: number
  readonly gradient: GradientConfig
  /** Of the controller's state in shared memory. */
  readonly sharedName: SharedName
}

/** The runtime may change all but the fixed latency, see `GradientSettings`. Percentages are 0–100. */
export interface GradientConfig {
  /** Which latency of a sample stands for it. */
  readonly percentile: number
  readonly maxLimit: number
  /** Undefined: as many as while the best latency is measured. */
  readonly minLimit: number | undefined
  readonly updateIntervalMs: number
  /** The best latency there is; undefined: it is measured now and then, with few requests at a time. */
  readonly fixedMinRttUs: number | undefined
  readonly measuringIntervalMs: number
  /** So much of the interval may come to it by chance. */
  readonly jitter: number
  /** That make a measurement. */
  readonly requestCount: number
  /** Requests at a time meanwhile. */
  readonly concurrency: number
  /** So much above the best latency is no reason to let fewer through. */
  readonly buffer: number
}

const SERVICE_UNAVAILABLE = 503

export function parseAdaptiveConcurrency(reader: Reader): AdaptiveConcurrencyConfig | undefined {
  const gradient = reader.message('gradient_controller_config', readGradient)
  const status = reader.message('concurrency_limit_exceeded_status', readHttpStatus) ?? SERVICE_UNAVAILABLE
  const enabled = readRuntimeFeatureFlag(reader, 'enabled', true)
  if (gradient === undefined) return undefined
  return {
    enabled,
    // Envoy takes nothing but errors.
    status: status < 400 ? SERVICE_UNAVAILABLE : status,
    gradient,
    sharedName: sharedNameOf(reader),
  }
}

function readGradient(reader: Reader): GradientConfig {
  const limits = reader.message('concurrency_limit_params', (params) => ({
    maxLimit: params.number('max_concurrency_limit', 1000),
    updateIntervalMs: params.durationMs('concurrency_update_interval', 0),
    minLimit: params.optionalNumber('min_concurrency_limit'),
  }))
  const percentile = readPercent(reader, 'sample_aggregate_percentile', 50)
  const rtt = reader.message('min_rtt_calc_params', readMinRtt)
  return { ...NO_LIMITS, ...limits, percentile, ...NO_MEASUREMENT, ...rtt }
}

// Both messages are required, so these stand only where something was wrong.
const NO_LIMITS = { maxLimit: 0, updateIntervalMs: 0, minLimit: undefined }
const NO_MEASUREMENT = {
  fixedMinRttUs: undefined,
  measuringIntervalMs: 0,
  jitter: 0,
  requestCount: 0,
  concurrency: 0,
  buffer: 0,
}

function readMinRtt(reader: Reader): Omit<GradientConfig, keyof typeof NO_LIMITS | 'percentile'> {
  const interval = reader.optionalDurationMs('interval')
  const fixed = reader.optionalDurationMs('fixed_value')
  if (interval === undefined && fixed === undefined) {
    const text = 'adaptive_concurrency: neither `concurrency_update_interval` nor `fixed_value` set'
    reader.error(undefined, 'NU109', text, 'set interval or fixed_value')
  }
  return {
    // Less than a millisecond is nothing.
    fixedMinRttUs: fixed === undefined || fixed < 1 ? undefined : Math.floor(fixed) * 1000,
    measuringIntervalMs: Math.floor(interval ?? 0),
    jitter: readPercent(reader, 'jitter', 15),
    requestCount: reader.number('request_count', 50),
    concurrency: reader.number('min_concurrency', 3),
    buffer: readPercent(reader, 'buffer', 25),
  }
}

function readPercent(reader: Reader, field: string, fallback: number): number {
  return reader.message(field, (percent) => percent.number('value', 0)) ?? fallback
}
