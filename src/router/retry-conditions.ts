/** When an attempt is tried again: the words of `retry_on`, of the policy and of request headers (router filter docs). */
import type { ResetReason } from '../api/codec.ts'
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { RetryPolicy } from '../api/route.ts'
import { isServerError } from '../http/server-error.ts'
import { unsignedIn } from './unsigned-in.ts'

const GRPC_STATUS: Readonly<Record<string, number>> = {
  cancelled: 1,
  'deadline-exceeded': 4,
  'resource-exhausted': 8,
  internal: 13,
  unavailable: 14,
}

const HTTP_CONDITIONS: ReadonlySet<string> = new Set([
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
])

export function isHttpCondition(token: string): boolean {
  return HTTP_CONDITIONS.has(token)
}

export function isGrpcCondition(token: string): boolean {
  return Object.hasOwn(GRPC_STATUS, token)
}

/** The conditions named in a comma-separated list that `isKnown`; others are left out, as Envoy does. */
export function readConditions(list: string, isKnown: (token: string) => boolean): readonly string[] {
  return splitTokens(list).filter(isKnown)
}

export function splitTokens(list: string): readonly string[] {
  return list
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
}

export class RetryConditions {
  readonly policy: RetryPolicy | undefined
  readonly #conditions: ReadonlySet<string>
  /** What request headers add to the policy's lists. */
  readonly #codes: readonly number[]
  readonly #headerNames: readonly string[]

  constructor(
    policy: RetryPolicy | undefined,
    conditions: ReadonlySet<string>,
    codes: readonly number[],
    headerNames: readonly string[],
  ) {
    this.policy = policy
    this.#conditions = conditions
    this.#codes = codes
    this.#headerNames = headerNames
  }

  get isEmpty(): boolean {
    return this.#conditions.size === 0
  }

  matchResponse(headers: ResponseHeaders): boolean {
    // From another Envoy that limits rates: asking again would only make it worse.
    if (headers.has('x-envoy-ratelimited')) return this.#has('envoy-ratelimited')
    const { status } = headers
    if (isServerError(status) && this.#has('5xx')) return true
    if (status >= 502 && status <= 504 && this.#has('gateway-error')) return true
    if (status === 409 && this.#has('retriable-4xx')) return true
    if (this.#has('retriable-status-codes') && this.#isRetriableCode(status)) return true
    if (this.#has('retriable-headers') && this.#isRetriableHeader(headers)) return true
    return this.#matchesGrpcStatus(headers.get('grpc-status'))
  }

  /** `sent`: the request may have reached the upstream. */
  matchReset(reason: ResetReason, sent: boolean): boolean {
    // A breaker that refused once would only refuse again.
    if (reason === 'overflow') return false
    if (this.#has('5xx') || this.#has('gateway-error') || this.#has('reset')) return true
    if (this.#has('reset-before-request') && !sent) return true
    if (this.#has('connect-failure') && isConnectFailure(reason)) return true
    return this.#has('refused-stream') && reason === 'remote-refused-stream-reset'
  }

  #has(condition: string): boolean {
    return this.#conditions.has(condition)
  }

  #isRetriableCode(status: number): boolean {
    return this.policy?.retriableStatusCodes.includes(status) === true || this.#codes.includes(status)
  }

  #isRetriableHeader(headers: ResponseHeaders): boolean {
    return this.policy?.isRetriableResponse(headers) === true || this.#headerNames.some((name) => headers.has(name))
  }

  #matchesGrpcStatus(status: string | undefined): boolean {
    const code = status === undefined ? undefined : unsignedIn(status)
    if (code === undefined) return false
    for (const condition of this.#conditions) {
      if (GRPC_STATUS[condition] === code) return true
    }
    return false
  }
}

const NONE: ReadonlySet<string> = new Set()

/**
 * What policy and headers ask for together; undefined when neither asks for anything. Who asks for what there is not, or
 * of a request that is not to be retried, has no conditions; then attempts are hedged all the same. Removes the
 * x-envoy-retry-* headers.
 */
export function takeRetryConditions(
  headers: RequestHeaders,
  policy: RetryPolicy | undefined,
): RetryConditions | undefined {
  const on = take(headers, 'x-envoy-retry-on')
  const grpcOn = take(headers, 'x-envoy-retry-grpc-on')
  const codes = take(headers, 'x-envoy-retriable-status-codes')
  const names = take(headers, 'x-envoy-retriable-header-names')
  const conditions =
    on === undefined && grpcOn === undefined
      ? policy?.retryOn
      : new Set([
          ...(policy?.retryOn ?? []),
          ...readConditions(on ?? '', isHttpCondition),
          ...readConditions(grpcOn ?? '', isGrpcCondition),
        ])
  const asked = on !== undefined || grpcOn !== undefined
  if (!asked && (conditions === undefined || conditions.size === 0)) return undefined
  const retriable = conditions !== undefined && policy?.isRetriableRequest(headers) !== false
  return new RetryConditions(
    policy,
    retriable ? conditions : NONE,
    splitTokens(codes ?? '').map((code) => unsignedIn(code) ?? 0),
    splitTokens(names ?? '').map((name) => name.toLowerCase()),
  )
}

function take(headers: RequestHeaders, name: string): string | undefined {
  const text = headers.get(name)
  if (text !== undefined) headers.remove(name)
  return text
}

function isConnectFailure(reason: ResetReason): boolean {
  return (
    reason === 'connection-failure' ||
    reason === 'remote-connection-failure' ||
    reason === 'local-connection-failure' ||
    reason === 'connection-timeout'
  )
}
