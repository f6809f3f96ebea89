/** The timeouts of one request: the route's, as request headers may change them. */
import type { RequestHeaders } from '../api/headers.ts'
import type { RequestTimeouts, RetryPolicy, RouteEntry } from '../api/route.ts'
import { grpcTimeoutMs, setGrpcTimeout } from '../http/grpc-timeout.ts'
import { isGrpcRequest } from '../http/local-reply/grpc-status.ts'
import { unsignedIn } from './unsigned-in.ts'
import { nameSet } from '../codec/headers/field-names.ts'

const TIMEOUT_HEADERS = nameSet([
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-upstream-rq-timeout-alt-response',
])

/**
 * Reads and removes the headers that change timeouts. `respectExpected`: a proxy in front has already decided, by
 * x-envoy-expected-rq-timeout-ms.
 */
export function takeTimeouts(headers: RequestHeaders, entry: RouteEntry, respectExpected: boolean): RequestTimeouts {
  const maxGrpc = entry.maxGrpcTimeout === undefined ? undefined : followedGrpc(entry, headers)
  if (maxGrpc === undefined && !headers.mayHave(TIMEOUT_HEADERS)) return entry.timeouts
  const expected = respectExpected ? numberIn(headers.get('x-envoy-expected-rq-timeout-ms')) : undefined
  const asked = takeNumber(headers, 'x-envoy-upstream-rq-timeout-ms')
  const perTryMs = takeNumber(headers, 'x-envoy-upstream-rq-per-try-timeout-ms')
  return withExpected({
    ...routeTimeouts(
      expected ?? asked ?? (maxGrpc === undefined ? entry.timeoutMs : grpcMs(headers, maxGrpc)),
      entry.retryPolicy,
      false,
      perTryMs,
    ),
    maxDurationMs: takeNumber(headers, 'x-envoy-upstream-stream-duration-ms') ?? 0,
    hedges: takeFlag(headers, 'x-envoy-hedge-on-per-try-timeout') ?? entry.hedgesOnPerTryTimeout,
    setsGrpcTimeout: maxGrpc !== undefined,
    status: headers.remove('x-envoy-upstream-rq-timeout-alt-response') > 0 ? 204 : 504,
  })
}

/** Only of gRPC requests, and not where the route limits streams by duration. */
function followedGrpc(entry: RouteEntry, headers: RequestHeaders): RouteEntry['maxGrpcTimeout'] {
  return entry.usesStreamDuration || !isGrpcRequest(headers) ? undefined : entry.maxGrpcTimeout
}

/** What the client asks for by grpc-timeout, within what the route allows. 0 is no limit on either side. */
function grpcMs(headers: RequestHeaders, { maxMs, offsetMs }: NonNullable<RouteEntry['maxGrpcTimeout']>): number {
  const asked = grpcTimeoutMs(headers) ?? 0
  // An offset that would leave nothing is left out, as nothing would mean no limit.
  const ms = offsetMs < asked ? asked - offsetMs : asked
  return maxMs > 0 && (ms === 0 || ms > maxMs) ? maxMs : ms
}

/** What `retry` and a route say, and nearly every request has: no header says anything else. */
export function routeTimeouts(
  globalMs: number,
  retry: RetryPolicy | undefined,
  hedges: boolean,
  askedPerTryMs?: number,
): RequestTimeouts {
  const perTryMs = askedPerTryMs ?? retry?.perTryTimeoutMs ?? 0
  return withExpected({
    globalMs,
    perTryMs: globalMs !== 0 && perTryMs >= globalMs ? 0 : perTryMs,
    perTryIdleMs: retry?.perTryIdleTimeoutMs ?? 0,
    maxDurationMs: 0,
    hedges,
    setsGrpcTimeout: false,
    status: 504,
  })
}

function withExpected(timeouts: Omit<RequestTimeouts, 'expectedMs'>): RequestTimeouts {
  return { ...timeouts, expectedMs: expectedTimeout(timeouts, 0) }
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
  return text === undefined ? undefined : unsignedIn(text)
}

/**
 * Tells the upstream how long it has. With several attempts under one global timeout only what is left of it
 * counts, unless each attempt has a limit of its own.
 */
export function setExpectedTimeout(
  headers: RequestHeaders,
  timeouts: RequestTimeouts,
  elapsedMs: number,
  suppressEnvoyHeaders: boolean,
): void {
  const text = elapsedMs === 0 ? timeouts.expectedMs : expectedTimeout(timeouts, elapsedMs)
  if (text === '') return
  if (!suppressEnvoyHeaders) headers.set('x-envoy-expected-rq-timeout-ms', text)
  if (timeouts.setsGrpcTimeout) setGrpcTimeout(headers, Number(text))
}

function expectedTimeout(timeouts: Omit<RequestTimeouts, 'expectedMs'>, elapsedMs: number): string {
  const { globalMs, perTryMs } = timeouts
  let expected = perTryMs === 0 || timeouts.hedges ? globalMs : perTryMs
  // 0 would mean no timeout at all.
  if (globalMs > 0) expected = Math.max(1, Math.min(expected, Math.floor(globalMs - elapsedMs)))
  return expected > 0 ? String(Math.floor(expected)) : ''
}
