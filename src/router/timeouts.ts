/** The timeouts of one request: the route's, as request headers may change them. */
import type { RequestHeaders } from '../api/headers.ts'
import type { RouteEntry } from '../api/route.ts'
import { nameSet } from '../codec/headers/field-names.ts'

const TIMEOUT_HEADERS = nameSet([
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-upstream-rq-timeout-alt-response',
])

export interface RequestTimeouts {
  /** ms from the complete request to the complete response; 0 = none. */
  readonly globalMs: number
  /** ms for one attempt; 0 = none (or not below the global one). */
  readonly perTryMs: number
  /** ms for an attempt without any progress of its response; 0 = none. */
  readonly perTryIdleMs: number
  /** ms that the stream of an attempt may last; 0 = none. */
  readonly maxDurationMs: number
  /** An attempt that takes longer than `perTryMs` goes on, and another one is started beside it. */
  readonly hedges: boolean
  /** Answer of a timeout: 504, or 204 for who asked for that. */
  readonly status: 204 | 504
}

/**
 * Reads and removes the headers that change timeouts. `respectExpected`: a proxy in front has already decided, by
 * x-envoy-expected-rq-timeout-ms.
 */
export function takeTimeouts(headers: RequestHeaders, entry: RouteEntry, respectExpected: boolean): RequestTimeouts {
  if (!headers.mayHave(TIMEOUT_HEADERS)) return timeoutsOf(entry.timeoutMs, undefined, entry)
  const expected = respectExpected ? numberIn(headers.get('x-envoy-expected-rq-timeout-ms')) : undefined
  const asked = takeNumber(headers, 'x-envoy-upstream-rq-timeout-ms')
  const perTryMs = takeNumber(headers, 'x-envoy-upstream-rq-per-try-timeout-ms')
  return {
    ...timeoutsOf(expected ?? asked ?? entry.timeoutMs, perTryMs, entry),
    maxDurationMs: takeNumber(headers, 'x-envoy-upstream-stream-duration-ms') ?? 0,
    hedges: takeFlag(headers, 'x-envoy-hedge-on-per-try-timeout') ?? entry.hedgesOnPerTryTimeout,
    status: headers.remove('x-envoy-upstream-rq-timeout-alt-response') > 0 ? 204 : 504,
  }
}

/** What nearly every request has: no header says anything else. */
function timeoutsOf(globalMs: number, askedPerTryMs: number | undefined, entry: RouteEntry): RequestTimeouts {
  const retry = entry.retryPolicy
  const perTryMs = askedPerTryMs ?? retry?.perTryTimeoutMs ?? 0
  return {
    globalMs,
    perTryMs: globalMs !== 0 && perTryMs >= globalMs ? 0 : perTryMs,
    perTryIdleMs: retry?.perTryIdleTimeoutMs ?? 0,
    maxDurationMs: 0,
    hedges: entry.hedgesOnPerTryTimeout,
    status: 504,
  }
}

export function takeNumber(headers: RequestHeaders, name: string): number | undefined {
  const text = headers.get(name)
  if (text === undefined) return undefined
  headers.remove(name)
  return numberIn(text)
}

function takeFlag(headers: RequestHeaders, name: string): boolean | undefined {
  const text = headers.get(name)
  if (text === undefined) return undefined
  headers.remove(name)
  return text === 'true' ? true : text === 'false' ? false : undefined
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/**
 * Tells the upstream how long it has. With several attempts under one global timeout only what is left of it
 * counts, unless each attempt has a limit of its own.
 */
export function setExpectedTimeout(headers: RequestHeaders, timeouts: RequestTimeouts, elapsedMs: number): void {
  const { globalMs, perTryMs } = timeouts
  let expected = perTryMs === 0 || timeouts.hedges ? globalMs : perTryMs
  // 0 would mean no timeout at all.
  if (globalMs > 0) expected = Math.max(1, Math.min(expected, Math.floor(globalMs - elapsedMs)))
  if (expected > 0) headers.set('x-envoy-expected-rq-timeout-ms', String(Math.floor(expected)))
}
