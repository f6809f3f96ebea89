/** Headers that the router puts on each attempt and on the response. */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { VirtualHost } from '../api/route.ts'
import type { RequestTimeouts } from './timeouts.ts'
import { setExpectedTimeout } from './timeouts.ts'

export interface AttemptNumbers {
  /** 1 for the first. */
  readonly attempt: number
  /** The one before took too long. */
  readonly afterTimeout: boolean
  /** ms since the request was complete. */
  readonly elapsedMs: number
}

export function setAttemptHeaders(
  headers: RequestHeaders,
  virtualHost: VirtualHost,
  timeouts: RequestTimeouts,
  numbers: AttemptNumbers,
  suppressEnvoyHeaders: boolean,
): void {
  if (!suppressEnvoyHeaders) setExpectedTimeout(headers, timeouts, numbers.elapsedMs)
  if (virtualHost.includeAttemptCountInRequest) headers.set('x-envoy-attempt-count', String(numbers.attempt))
  if (!virtualHost.includeIsTimeoutRetryHeader || numbers.attempt === 1) return
  headers.set('x-envoy-is-timeout-retry', numbers.afterTimeout ? 'true' : 'false')
}

/** `serviceMs`: from the complete request to the response; undefined when the request is not complete. */
export function setResponseHeaders(
  headers: ResponseHeaders,
  virtualHost: VirtualHost,
  attempt: number,
  serviceMs: number | undefined,
): void {
  if (virtualHost.includeAttemptCountInResponse) headers.set('x-envoy-attempt-count', String(attempt))
  if (serviceMs !== undefined) headers.set('x-envoy-upstream-service-time', String(Math.floor(serviceMs)))
}
