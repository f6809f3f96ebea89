/** Histograms that a cluster keeps on demand (`track_cluster_stats`). */
import type { Scope } from '../api/stats.ts'
import type { ClusterTracking } from '../api/upstream.ts'

export interface TrackSettings {
  readonly timeoutBudgets: boolean
  readonly requestResponseSizes: boolean
  /** What is counted of each host is listed with the statistics. */
  readonly perEndpoint: boolean
}

export const TRACK_NOTHING: TrackSettings = { timeoutBudgets: false, requestResponseSizes: false, perEndpoint: false }

/** undefined: nothing is kept. `scope`: `cluster.<name>.` */
export function createTracking(scope: Scope, settings: TrackSettings): ClusterTracking | undefined {
  const { timeoutBudgets, requestResponseSizes } = settings
  if (!timeoutBudgets && !requestResponseSizes) return undefined
  return {
    budgets: timeoutBudgets
      ? {
          total: scope.histogram('upstream_rq_timeout_budget_percent_used'),
          perTry: scope.histogram('upstream_rq_timeout_budget_per_try_percent_used'),
        }
      : undefined,
    sizes: requestResponseSizes
      ? {
          requestHeadersSize: scope.histogram('upstream_rq_headers_size', 'bytes'),
          requestHeadersCount: scope.histogram('upstream_rq_headers_count'),
          requestBodySize: scope.histogram('upstream_rq_body_size', 'bytes'),
          responseHeadersSize: scope.histogram('upstream_rs_headers_size', 'bytes'),
          responseHeadersCount: scope.histogram('upstream_rs_headers_count'),
          responseBodySize: scope.histogram('upstream_rs_body_size', 'bytes'),
        }
      : undefined,
  }
}
