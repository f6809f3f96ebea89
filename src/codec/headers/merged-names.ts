/**
 * Envoy keeps some fields in slots of their own ("inline headers"): a second line of such a name joins the first with a
 * comma, and a new value takes the old one's place. Which names those are depends on the kind of message. Established
 * against Envoy 1.40 by sending every name twice, in requests, responses and trailers.
 *
 * content-length and transfer-encoding are among them as well, but decide on framing before (see `framing.ts`).
 */
import type { KnownName } from './field-names.ts'
import { nameId } from './field-names.ts'

/** Nothing is joined in trailers. */
export const TRAILER_FIELDS = 0
export const REQUEST_FIELDS = 1
export const RESPONSE_FIELDS = 2
export type FieldKind = typeof TRAILER_FIELDS | typeof REQUEST_FIELDS | typeof RESPONSE_FIELDS

const BOTH: readonly KnownName[] = [
  'connection',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'via',
  'x-request-id',
  'content-type',
  'content-encoding',
  'cache-control',
  'x-envoy-decorator-operation',
  'x-envoy-attempt-count',
]

const REQUEST: readonly KnownName[] = [
  'host',
  'expect',
  'te',
  'user-agent',
  'x-client-trace-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-client-cert',
  'x-envoy-internal',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-path',
  'x-envoy-original-host',
  'x-envoy-is-timeout-retry',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-ip-tags',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'accept',
  'accept-encoding',
  'authorization',
  'grpc-accept-encoding',
  'grpc-timeout',
  'if-match',
  'if-none-match',
  'origin',
  'pragma',
  'referer',
  'access-control-request-method',
  'access-control-request-headers',
  'access-control-request-private-network',
  'cdn-loop',
]

const RESPONSE: readonly KnownName[] = [
  'date',
  'server',
  'etag',
  'grpc-status',
  'grpc-message',
  'location',
  'vary',
  'age',
  'expires',
  'last-modified',
  'x-envoy-degraded',
  'x-envoy-ratelimited',
  'x-envoy-upstream-canary',
  'x-envoy-upstream-service-time',
  'access-control-allow-origin',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-allow-credentials',
]

/** Bits of the kinds by number of the name. */
const MERGES = kindTable()

export function mergesLines(id: number, kind: FieldKind): boolean {
  return (MERGES[id]! & kind) !== 0
}

function kindTable(): Uint8Array {
  const table = new Uint8Array(128)
  for (const name of BOTH) table[nameId(name)] = REQUEST_FIELDS | RESPONSE_FIELDS
  for (const name of REQUEST) table[nameId(name)]! |= REQUEST_FIELDS
  for (const name of RESPONSE) table[nameId(name)]! |= RESPONSE_FIELDS
  return table
}
