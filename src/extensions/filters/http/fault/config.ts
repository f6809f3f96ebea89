/** envoy.extensions.filters.http.fault.v3.HTTPFault, parsed; the same message for the filter and for routes. */
import type { Reader } from '../../../../api/config.ts'
import { readFractionalPercent } from '../../../../config/fractional-percent.ts'
import type { HeaderPredicate } from '../../../../config/matchers/header-matcher.ts'
import { readHeaderMatcher } from '../../../../config/matchers/header-matcher.ts'
import type { FractionalPercent } from '../../../../api/runtime.ts'

/** What is done to a share of the requests: fixed, or as the client asks in headers. */
export interface Fault<V> {
  readonly value: V | 'by-header'
  readonly percentage: FractionalPercent
}

/** How an abort answers. */
export type AbortStatus =
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'grpc'; readonly status: number }

export interface FaultConfig {
  /** Before the request goes on. Value: ms. */
  readonly delay: Fault<number> | undefined
  readonly abort: Fault<AbortStatus> | undefined
  readonly abortBody: string
  /** Value: KiB a second. */
  readonly responseRateLimit: Fault<number> | undefined
  /** '' for any. */
  readonly upstreamCluster: string
  readonly headers: readonly HeaderPredicate[]
  /** Empty for any. */
  readonly downstreamNodes: ReadonlySet<string>
  readonly maxActiveFaults: number
  readonly keys: RuntimeKeys
  readonly countsDownstreamClusters: boolean
  /** Left in the dynamic metadata of requests with a fault. */
  readonly filterMetadata: Readonly<Record<string, unknown>>
}

export interface RuntimeKeys {
  readonly delayPercent: string
  readonly abortPercent: string
  readonly delayDuration: string
  readonly abortHttpStatus: string
  readonly abortGrpcStatus: string
  readonly maxActiveFaults: string
  readonly responseRateLimitPercent: string
}

const NONE: FractionalPercent = { numerator: 0, denominator: 100 }
const DEFAULT_ABORT_BODY = 'fault filter abort'

export function parseFault(reader: Reader): FaultConfig {
  const abort = reader.message('abort', readAbort)
  return {
    delay: reader.message('delay', readDelay),
    abort,
    abortBody: abort === undefined || abort.body === '' ? DEFAULT_ABORT_BODY : abort.body,
    responseRateLimit: reader.message('response_rate_limit', readRateLimit),
    upstreamCluster: reader.string('upstream_cluster'),
    headers: reader.messages('headers', readHeaderMatcher),
    downstreamNodes: new Set(reader.strings('downstream_nodes')),
    maxActiveFaults: reader.number('max_active_faults', Number.POSITIVE_INFINITY),
    keys: readKeys(reader),
    countsDownstreamClusters: !reader.bool('disable_downstream_cluster_stats', false),
    filterMetadata: reader.struct('filter_metadata') ?? {},
  }
}

function readKeys(reader: Reader): RuntimeKeys {
  const key = (field: string, fallback: string): string => reader.string(field) || `fault.http.${fallback}`
  return {
    delayPercent: key('delay_percent_runtime', 'delay.fixed_delay_percent'),
    abortPercent: key('abort_percent_runtime', 'abort.abort_percent'),
    delayDuration: key('delay_duration_runtime', 'delay.fixed_duration_ms'),
    abortHttpStatus: key('abort_http_status_runtime', 'abort.http_status'),
    abortGrpcStatus: key('abort_grpc_status_runtime', 'abort.grpc_status'),
    maxActiveFaults: key('max_active_faults_runtime', 'max_active_faults'),
    responseRateLimitPercent: key('response_rate_limit_percent_runtime', 'rate_limit.response_percent'),
  }
}

function readDelay(reader: Reader): Fault<number> {
  const byHeader = reader.message('header_delay', () => 'by-header' as const)
  return { value: byHeader ?? Math.floor(reader.durationMs('fixed_delay', 0)), percentage: readPercentage(reader) }
}

function readAbort(reader: Reader): Fault<AbortStatus> & { readonly body: string } {
  return {
    value: readAbortStatus(reader),
    percentage: readPercentage(reader),
    body: reader.string('response_body'),
  }
}

function readAbortStatus(reader: Reader): AbortStatus | 'by-header' {
  switch (reader.oneof('error_type')) {
    case 'http_status':
      return { kind: 'http', status: reader.number('http_status', 503) }
    case 'grpc_status':
      return { kind: 'grpc', status: reader.number('grpc_status', 2) }
    default:
      return reader.message('header_abort', () => 'by-header' as const) ?? 'by-header'
  }
}

function readRateLimit(reader: Reader): Fault<number> {
  const byHeader = reader.message('header_limit', () => 'by-header' as const)
  const fixed = reader.message('fixed_limit', (limit) => limit.number('limit_kbps', 1))
  return { value: fixed ?? byHeader ?? 'by-header', percentage: readPercentage(reader) }
}

function readPercentage(reader: Reader): FractionalPercent {
  return reader.message('percentage', readFractionalPercent) ?? NONE
}
