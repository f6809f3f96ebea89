/** Headers that the router puts on each attempt and on the response. */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { RequestTimeouts, VirtualHost } from '../api/route.ts'
import { nameSet } from '../codec/headers/field-names.ts'
import { setExpectedTimeout } from './timeouts.ts'

const KEEP_ALIVE = nameSet(['keep-alive'])

/**
 * `attempt`: 1 for the first; `afterTimeout`: the one before took too long; `elapsedMs`: since the request was complete.
 */
export function setAttemptHeaders(
  headers: RequestHeaders,
  virtualHost: VirtualHost,
  timeouts: RequestTimeouts,
  suppressEnvoyHeaders: boolean,
  attempt: number,
  afterTimeout: boolean,
  elapsedMs: number,
): void {
  setExpectedTimeout(headers, timeouts, elapsedMs, suppressEnvoyHeaders)
  if (virtualHost.includeAttemptCountInRequest) headers.set('x-envoy-attempt-count', String(attempt))
  if (!virtualHost.includeIsTimeoutRetryHeader || attempt === 1) return
  headers.set('x-envoy-is-timeout-retry', afterTimeout ? 'true' : 'false')
}

/** `serviceMs`: from the complete request to the response; undefined when the request is not complete. */
export function setResponseHeaders(
  headers: ResponseHeaders,
  virtualHost: VirtualHost,
  attempt: number,
  serviceMs: number | undefined,
): void {
  // The upstream's own: what routes and filters say of it afterwards stays.
  if (headers.mayHave(KEEP_ALIVE)) headers.remove('keep-alive')
  if (serviceMs !== undefined) headers.set('x-envoy-upstream-service-time', String(Math.floor(serviceMs)))
  if (virtualHost.includeAttemptCountInResponse) headers.set('x-envoy-attempt-count', String(attempt))
}
