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

export interface GradientConfig {
  /** 0–1: which latency of a sample stands for it. */
  readonly percentile: number
  readonly maxLimit: number
  readonly minLimit: number
  readonly updateIntervalMs: number
  readonly minRtt: MinRttConfig
  /** 0–1: so much above the best latency is no reason to let fewer through. */
  readonly buffer: number
}

/** The best latency there is: known, or measured now and then with few requests at a time. */
export type MinRttConfig =
  | { readonly kind: 'fixed'; readonly us: number }
  | {
      readonly kind: 'measured'
      readonly intervalMs: number
      /** 0–1: so much may come to the interval by chance. */
      readonly jitter: number
      readonly requestCount: number
      readonly concurrency: number
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
  const rtt = reader.message('min_rtt_calc_params', readMinRtt)
  return {
    percentile: readShare(reader, 'sample_aggregate_percentile', 50),
    maxLimit: limits?.maxLimit ?? 1000,
    minLimit: limits?.minLimit ?? (rtt?.minRtt.kind === 'measured' ? rtt.minRtt.concurrency : MIN_CONCURRENCY),
    updateIntervalMs: limits?.updateIntervalMs ?? 0,
    minRtt: rtt?.minRtt ?? { kind: 'fixed', us: 0 },
    buffer: rtt?.buffer ?? 0,
  }
}

const MIN_CONCURRENCY = 3

function readMinRtt(reader: Reader): { readonly minRtt: MinRttConfig; readonly buffer: number } {
  const buffer = readShare(reader, 'buffer', 25)
  const interval = reader.optionalDurationMs('interval')
  const jitter = readShare(reader, 'jitter', 15)
  const requestCount = reader.number('request_count', 50)
  const concurrency = reader.number('min_concurrency', MIN_CONCURRENCY)
  if (interval !== undefined) {
    if (reader.has('fixed_value')) reader.ignore('fixed_value', 'an interval takes its place')
    return { buffer, minRtt: { kind: 'measured', intervalMs: interval, jitter, requestCount, concurrency } }
  }
  const fixed = reader.optionalDurationMs('fixed_value')
  if (fixed === undefined) {
    const text = 'adaptive_concurrency: neither `concurrency_update_interval` nor `fixed_value` set'
    reader.error(undefined, 'NU109', text, 'set interval or fixed_value')
  }
  return { buffer, minRtt: { kind: 'fixed', us: (fixed ?? 0) * 1000 } }
}

/** envoy.type.v3.Percent as a share. */
function readShare(reader: Reader, field: string, fallback: number): number {
  return (reader.message(field, (percent) => percent.number('value', 0)) ?? fallback) / 100
}
