/** envoy.config.route.v3.RetryPolicy, parsed. */
import type { Reader } from '../api/config.ts'
import type { RetryPolicy } from '../api/route.ts'
import { readHeaderMatcher } from '../config/matchers/header-matcher.ts'

const DEFAULT_BACK_OFF_BASE_MS = 25
const MAX_TO_BASE = 10

export function readRetryPolicy(reader: Reader): RetryPolicy {
  const backOff = reader.message('retry_back_off', readBackOff)
  const headers = reader.messages('retriable_headers', readHeaderMatcher)
  const avoidPreviousHosts = readHostPredicates(reader)
  const baseMs = backOff?.baseMs ?? DEFAULT_BACK_OFF_BASE_MS
  return {
    retryOn: new Set(reader.string('retry_on').split(',').map((token) => token.trim()).filter((token) => token !== '')),
    numRetries: reader.number('num_retries', 1),
    perTryTimeoutMs: reader.durationMs('per_try_timeout', 0),
    perTryIdleTimeoutMs: reader.durationMs('per_try_idle_timeout', 0),
    retriableStatusCodes: reader.numbers('retriable_status_codes'),
    backOffBaseMs: baseMs,
    backOffMaxMs: backOff?.maxMs ?? baseMs * MAX_TO_BASE,
    avoidPreviousHosts,
    hostSelectionMaxAttempts: reader.number('host_selection_retry_max_attempts', 1),
    isRetriableResponse: (response) => headers.some((matches) => matches(response)),
  }
}

function readBackOff(reader: Reader): { baseMs: number; maxMs: number } {
  const baseMs = Math.max(1, reader.durationMs('base_interval', DEFAULT_BACK_OFF_BASE_MS))
  const maxMs = reader.durationMs('max_interval', baseMs * MAX_TO_BASE)
  if (maxMs < baseMs) {
    reader.error('max_interval', 'NU154', 'retry_policy.max_interval must greater than or equal to the base_interval')
  }
  return { baseMs, maxMs }
}

const PREVIOUS_HOSTS = 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'

function readHostPredicates(reader: Reader): boolean {
  let avoid = false
  reader.messages('retry_host_predicate', (predicate) => {
    const any = predicate.any('typed_config')
    predicate.string('name')
    if (any === undefined) return
    if (any.typeName === PREVIOUS_HOSTS) avoid = true
    else predicate.unsupported('typed_config', any.typeName)
  })
  return avoid
}
