/** envoy.config.route.v3.RetryPolicy, parsed. */
import type { Reader } from '../api/config.ts'
import type { HeaderMap } from '../api/headers.ts'
import type { RetryPolicy } from '../api/route.ts'
import { readHeaderMatcher } from '../config/matchers/header-matcher.ts'
import { readHostPredicates } from './host-predicates.ts'
import { readRetryPriority } from './previous-priorities.ts'
import { readResetIntervals } from './reset-interval.ts'
import { isGrpcCondition, isHttpCondition, readConditions } from './retry-conditions.ts'

const DEFAULT_BACK_OFF_BASE_MS = 25
const MAX_TO_BASE = 10

/** Of a route or a virtual host. */
export function readOwnRetryPolicy(reader: Reader): RetryPolicy | undefined {
  reader.ignore('retry_policy_typed_config', 'Envoy takes it and does nothing with it')
  return reader.message('retry_policy', readRetryPolicy)
}

export function readRetryPolicy(reader: Reader): RetryPolicy {
  const backOff = reader.message('retry_back_off', readBackOff)
  const retriableRequest = readAnyOf(reader, 'retriable_request_headers')
  const resetIntervalMs = reader.message('rate_limited_retry_back_off', readResetIntervals)
  return {
    retryOn: new Set(
      readConditions(reader.string('retry_on'), (token) => isHttpCondition(token) || isGrpcCondition(token)),
    ),
    numRetries: reader.number('num_retries', 1),
    refreshesCluster: reader.bool('refresh_cluster_on_retry', false),
    perTryTimeoutMs: Math.floor(reader.durationMs('per_try_timeout', 0)),
    perTryIdleTimeoutMs: Math.floor(reader.durationMs('per_try_idle_timeout', 0)),
    retriableStatusCodes: reader.numbers('retriable_status_codes'),
    backOffBaseMs: backOff?.baseMs,
    backOffMaxMs: backOff?.maxMs,
    ...readHostPredicates(reader),
    priorityUpdateFrequency: readRetryPriority(reader),
    hostSelectionMaxAttempts: reader.number('host_selection_retry_max_attempts', 1),
    isRetriableResponse: readAnyOf(reader, 'retriable_headers') ?? (() => false),
    isRetriableRequest: retriableRequest ?? (() => true),
    resetIntervalMs: resetIntervalMs ?? (() => undefined),
  }
}

/** One of the header matchers of `field` is enough; undefined when there are none. */
function readAnyOf(reader: Reader, field: string): ((headers: HeaderMap) => boolean) | undefined {
  const matchers = reader.messages(field, readHeaderMatcher)
  return matchers.length === 0 ? undefined : (headers) => matchers.some((matches) => matches(headers))
}

function readBackOff(reader: Reader): { baseMs: number; maxMs: number } {
  const baseMs = Math.max(1, reader.durationMs('base_interval', DEFAULT_BACK_OFF_BASE_MS))
  const maxMs = reader.durationMs('max_interval', baseMs * MAX_TO_BASE)
  if (maxMs < baseMs) {
    reader.error('max_interval', 'NU154', 'retry_policy.max_interval must greater than or equal to the base_interval')
  }
  return { baseMs, maxMs }
}
