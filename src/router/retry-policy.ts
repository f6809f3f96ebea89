/** envoy.config.route.v3.RetryPolicy, parsed. */
import type { Reader } from '../api/config.ts'
import type { HeaderMap } from '../api/headers.ts'
import type { RetryPolicy } from '../api/route.ts'
import { readHeaderMatcher } from '../config/matchers/header-matcher.ts'
import { readResetIntervals } from './reset-interval.ts'
import { readConditions } from './retry-conditions.ts'

const DEFAULT_BACK_OFF_BASE_MS = 25
const MAX_TO_BASE = 10

export function readRetryPolicy(reader: Reader): RetryPolicy {
  const backOff = reader.message('retry_back_off', readBackOff)
  const retriableRequest = readAnyOf(reader, 'retriable_request_headers')
  const resetIntervalMs = reader.message('rate_limited_retry_back_off', readResetIntervals)
  return {
    retryOn: new Set(readConditions(reader.string('retry_on'))),
    numRetries: reader.number('num_retries', 1),
    perTryTimeoutMs: reader.durationMs('per_try_timeout', 0),
    perTryIdleTimeoutMs: reader.durationMs('per_try_idle_timeout', 0),
    retriableStatusCodes: reader.numbers('retriable_status_codes'),
    backOffBaseMs: backOff?.baseMs,
    backOffMaxMs: backOff?.maxMs,
    ...readHostPredicates(reader),
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

const PREVIOUS_HOSTS = 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'
const OMIT_CANARY_HOSTS = 'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate'

function readHostPredicates(reader: Reader): Pick<RetryPolicy, 'avoidPreviousHosts' | 'avoidCanaryHosts'> {
  const types = reader.messages('retry_host_predicate', (predicate) => {
    const name = predicate.string('name')
    const any = predicate.any('typed_config')
    if (any?.typeName === PREVIOUS_HOSTS || any?.typeName === OMIT_CANARY_HOSTS) return any.typeName
    any?.reader.keep()
    predicate.unsupported(any === undefined ? undefined : 'typed_config', `${name} (${any?.typeName ?? ''})`)
    return ''
  })
  return { avoidPreviousHosts: types.includes(PREVIOUS_HOSTS), avoidCanaryHosts: types.includes(OMIT_CANARY_HOSTS) }
}
