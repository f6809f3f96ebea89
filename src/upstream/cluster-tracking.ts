/** Histograms that a cluster keeps on demand (`track_cluster_stats`). */
import type { Histogram, Scope } from '../api/stats.ts'
import type { ClusterTracking } from '../api/upstream.ts'

export interface TrackSettings {
  readonly timeoutBudgets: boolean
  readonly requestResponseSizes: boolean
  /** What is counted of each host is listed with the statistics. */
  readonly perEndpoint: boolean
}

export const TRACK_NOTHING: TrackSettings = { timeoutBudgets: false, requestResponseSizes: false, perEndpoint: false }

const BUDGETS = {
  total: 'upstream_rq_timeout_budget_percent_used',
  perTry: 'upstream_rq_timeout_budget_per_try_percent_used',
} as const

const SIZES = {
  requestHeadersSize: ['upstream_rq_headers_size', 'bytes'],
  requestHeadersCount: ['upstream_rq_headers_count', 'none'],
  requestBodySize: ['upstream_rq_body_size', 'bytes'],
  responseHeadersSize: ['upstream_rs_headers_size', 'bytes'],
  responseHeadersCount: ['upstream_rs_headers_count', 'none'],
  responseBodySize: ['upstream_rs_body_size', 'bytes'],
} as const

export function trackedNames({ timeoutBudgets, requestResponseSizes }: TrackSettings): readonly string[] {
  const sizes = Object.values(SIZES).map(([name]) => name)
  return [...(timeoutBudgets ? Object.values(BUDGETS) : []), ...(requestResponseSizes ? sizes : [])]
}

/** undefined: nothing is kept. `scope`: `cluster.<name>.` */
export function createTracking(scope: Scope, settings: TrackSettings): ClusterTracking | undefined {
  const { timeoutBudgets, requestResponseSizes } = settings
  if (!timeoutBudgets && !requestResponseSizes) return undefined
  const size = (which: keyof typeof SIZES): Histogram => {
    const [name, unit] = SIZES[which]
    return scope.histogram(name, unit)
  }
  return {
    budgets: timeoutBudgets
      ? { total: scope.histogram(BUDGETS.total), perTry: scope.histogram(BUDGETS.perTry) }
      : undefined,
    sizes: requestResponseSizes
      ? {
          requestHeadersSize: size('requestHeadersSize'),
          requestHeadersCount: size('requestHeadersCount'),
          requestBodySize: size('requestBodySize'),
          responseHeadersSize: size('responseHeadersSize'),
          responseHeadersCount: size('responseHeadersCount'),
          responseBodySize: size('responseBodySize'),
        }
      : undefined,
  }
}
