/** x-envoy-* request headers that only internal clients may send (Envoy docs: http_conn_man/header_sanitizing). */
import type { RequestHeaders } from '../../api/headers.ts'
import { nameSet } from '../../codec/headers/field-names.ts'

/** Set by an Envoy in front; removed where this one is the edge. */
const FROM_EDGE = [
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-original-path',
  'x-envoy-original-host',
] as const

const FROM_EXTERNAL = [
  'x-envoy-retriable-status-codes',
  'x-envoy-retriable-header-names',
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-force-trace',
  'x-envoy-ip-tags',
  'x-envoy-original-url',
  'x-envoy-hedge-on-per-try-timeout',
] as const

const ANY_FROM_EDGE = nameSet(FROM_EDGE)
const ANY_FROM_EXTERNAL = nameSet(FROM_EXTERNAL)

/** `alsoInternal` are the route table's internal_only_headers. */
export function removeInternalHeaders(headers: RequestHeaders, edge: boolean, alsoInternal: readonly string[]): void {
  // Nearly no request has any of them.
  if (edge && headers.mayHave(ANY_FROM_EDGE)) removeEach(headers, FROM_EDGE)
  if (headers.mayHave(ANY_FROM_EXTERNAL)) removeEach(headers, FROM_EXTERNAL)
  removeEach(headers, alsoInternal)
}

function removeEach(headers: RequestHeaders, names: readonly string[]): void {
  for (let i = 0; i < names.length; i++) headers.remove(names[i]!)
}
