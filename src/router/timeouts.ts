/** The timeouts of one request: the route's, as internal clients may change them by headers. */
import type { RequestHeaders } from '../api/headers.ts'
import type { RetryPolicy, RouteEntry } from '../api/route.ts'

export interface RequestTimeouts {
  /** ms from the complete request to the complete response; 0 = none. */
  readonly globalMs: number
  /** ms for one attempt; 0 = none (or not below the global one). */
  readonly perTryMs: number
}

/** Reads and removes the x-envoy-upstream-rq-* headers. */
export function takeTimeouts(headers: RequestHeaders, entry: RouteEntry, retry: RetryPolicy | undefined): RequestTimeouts {
  const globalMs = takeNumber(headers, 'x-envoy-upstream-rq-timeout-ms') ?? entry.timeoutMs
  const perTryMs = takeNumber(headers, 'x-envoy-upstream-rq-per-try-timeout-ms') ?? retry?.perTryTimeoutMs ?? 0
  return { globalMs, perTryMs: globalMs !== 0 && perTryMs >= globalMs ? 0 : perTryMs }
}

export function takeNumber(headers: RequestHeaders, name: string): number | undefined {
  const text = headers.get(name)
  if (text === undefined) return undefined
  headers.remove(name)
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/**
 * Tells the upstream how long it has. With several attempts under one global timeout only what is left of it
 * counts, unless each attempt has a limit of its own.
 */
export function setExpectedTimeout(headers: RequestHeaders, timeouts: RequestTimeouts, elapsedMs: number): void {
  let expected = timeouts.perTryMs
  if (timeouts.globalMs > 0) {
    const left = Math.max(1, Math.floor(timeouts.globalMs - elapsedMs))
    expected = expected === 0 ? left : Math.min(expected, left)
  }
  if (expected > 0) headers.set('x-envoy-expected-rq-timeout-ms', String(Math.floor(expected)))
}
