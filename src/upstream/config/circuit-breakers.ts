/** envoy.config.cluster.v3.CircuitBreakers: limits of a cluster, by priority of the route. */
import type { Reader } from '../../api/config.ts'
import type { ResourcePriority } from '../../api/upstream.ts'

export interface Thresholds {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
  /** 2³¹ − 1 unless configured. */
  readonly maxConnectionPools: number
  readonly trackRemaining: boolean
  /** Set: takes the place of maxRetries. The runtime may set one as well. */
  readonly retryBudget: RetryBudget | undefined
}

export interface RetryBudget {
  /** Percentage of requests in flight and pending that may be retries. */
  readonly budgetPercent: number
  readonly minRetryConcurrency: number
}

export interface CircuitBreakers {
  readonly default: Thresholds
  readonly high: Thresholds
  /** Connections to one host, over all priorities and workers; undefined: unlimited. */
  readonly maxConnectionsPerHost: number | undefined
}

/** More than any process can open. */
const NO_LIMIT = 2 ** 31 - 1

const DEFAULTS: Thresholds = {
  maxConnections: 1024,
  maxPendingRequests: 1024,
  maxRequests: 1024,
  maxRetries: 3,
  maxConnectionPools: NO_LIMIT,
  trackRemaining: false,
  retryBudget: undefined,
}

/** Of what is not said. */
export const DEFAULT_RETRY_BUDGET: RetryBudget = { budgetPercent: 20, minRetryConcurrency: 3 }

const NOTHING_SET: CircuitBreakers = { default: DEFAULTS, high: DEFAULTS, maxConnectionsPerHost: undefined }

export function readCircuitBreakers(cluster: Reader): CircuitBreakers {
  return cluster.message('circuit_breakers', readBreakers) ?? NOTHING_SET
}

function readBreakers(reader: Reader): CircuitBreakers {
  const byPriority: Partial<Record<ResourcePriority, Thresholds>> = {}
  reader.messages('thresholds', (entry) => {
    const priority = readPriority(entry)
    const thresholds = readThresholds(entry)
    // Of several entries for a priority the first one counts.
    byPriority[priority] ??= thresholds
  })
  let maxConnectionsPerHost: number | undefined
  const seen = new Set<ResourcePriority>()
  reader.messages('per_host_thresholds', (entry) => {
    const priority = readPriority(entry)
    if (seen.has(priority)) return void entry.keep()
    seen.add(priority)
    refusePerHost(reader, entry)
    if (priority === 'default') maxConnectionsPerHost = entry.optionalNumber('max_connections')
    else entry.ignore('max_connections', 'limits of a host are those of the default priority')
  })
  return { default: byPriority.default ?? DEFAULTS, high: byPriority.high ?? DEFAULTS, maxConnectionsPerHost }
}

function readPriority(entry: Reader): ResourcePriority {
  return entry.enumeration<'DEFAULT' | 'HIGH'>('priority', 'DEFAULT') === 'HIGH' ? 'high' : 'default'
}

function readThresholds(entry: Reader): Thresholds {
  return {
    maxConnections: entry.number('max_connections', DEFAULTS.maxConnections),
    maxPendingRequests: entry.number('max_pending_requests', DEFAULTS.maxPendingRequests),
    maxRequests: entry.number('max_requests', DEFAULTS.maxRequests),
    maxRetries: entry.number('max_retries', DEFAULTS.maxRetries),
    maxConnectionPools: entry.number('max_connection_pools', NO_LIMIT),
    trackRemaining: entry.bool('track_remaining', false),
    retryBudget: entry.message('retry_budget', readRetryBudget),
  }
}

function readRetryBudget(budget: Reader): RetryBudget {
  const { budgetPercent, minRetryConcurrency } = DEFAULT_RETRY_BUDGET
  return {
    budgetPercent: budget.message('budget_percent', (percent) => percent.number('value', 0)) ?? budgetPercent,
    minRetryConcurrency: budget.number('min_retry_concurrency', minRetryConcurrency),
  }
}

function refusePerHost(breakers: Reader, entry: Reader): void {
  const others = ['max_pending_requests', 'max_requests', 'max_retries', 'max_connection_pools', 'retry_budget']
  entry.ignore('track_remaining', 'there are no gauges of single hosts')
  if (!others.some((field) => entry.has(field))) return
  const message = 'Unsupported field in per_host_thresholds'
  breakers.error('per_host_thresholds', 'NU161', message, 'only max_connections is allowed')
  entry.keep()
}
