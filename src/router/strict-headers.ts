/** `strict_check_headers` of the router filter: x-envoy-* headers that end a request when they make no sense. */
import type { RequestHeaders } from '../api/headers.ts'
import { isGrpcCondition, isHttpCondition, splitTokens } from './retry-conditions.ts'

const INTEGER = /^\+?\d{1,19}$/

const CHECKS: Readonly<Record<string, (value: string) => boolean>> = {
  'x-envoy-upstream-rq-timeout-ms': isInteger,
  'x-envoy-upstream-rq-per-try-timeout-ms': isInteger,
  'x-envoy-max-retries': isInteger,
  'x-envoy-retry-on': (value) => splitTokens(value).every(isHttpCondition),
  'x-envoy-retry-grpc-on': (value) => splitTokens(value).every(isGrpcCondition),
}

function isInteger(value: string): boolean {
  return INTEGER.test(value)
}

export interface StrangeHeader {
  readonly name: string
  readonly value: string
}

/** The first of `names` whose value makes no sense; undefined when all are well. */
export function findStrangeHeader(headers: RequestHeaders, names: readonly string[]): StrangeHeader | undefined {
  for (const name of names) {
    const value = headers.get(name)
    if (value !== undefined && CHECKS[name]?.(value) === false) return { name, value }
  }
  return undefined
}
