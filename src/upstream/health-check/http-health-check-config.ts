/** envoy.config.core.v3.HealthCheck.HttpHealthCheck */
import type { Reader } from '../../api/config.ts'
import type { StringPredicate } from '../../config/matchers/string-matcher.ts'
import { readStringMatcher } from '../../config/matchers/string-matcher.ts'
import type { HeaderMutations } from '../../router/header-mutations.ts'
import { readMutations } from '../../router/header-mutations.ts'
import { readPayload } from './payload.ts'

export interface HttpHealthCheck {
  readonly kind: 'http'
  readonly method: string
  /** '' for that of the endpoint, or the name of the cluster. */
  readonly host: string
  readonly path: string
  readonly headers: HeaderMutations
  readonly send: Uint8Array
  /** Empty: the body does not matter. */
  readonly receive: readonly Uint8Array[]
  /** Of the body that is looked at; 0: all. */
  readonly responseBufferBytes: number
  readonly expectedStatuses: readonly StatusRange[]
  /** These count towards the threshold, where others fail the host at once. */
  readonly retriableStatuses: readonly StatusRange[]
  /** What x-envoy-upstream-healthchecked-cluster has to be. */
  readonly serviceName: StringPredicate | undefined
}

/** `end` is the first one that is not in it. */
export interface StatusRange {
  readonly start: number
  readonly end: number
}

const DEFAULT_RESPONSE_BUFFER_BYTES = 1024
const ONLY_OK: readonly StatusRange[] = [{ start: 200, end: 201 }]
const WITHOUT_BODY: readonly string[] = ['GET', 'HEAD', 'DELETE', 'TRACE']

export function readHttpHealthCheck(reader: Reader): HttpHealthCheck {
  const codec = reader.enumeration<string>('codec_client_type', 'HTTP1')
  if (codec !== 'HTTP1') reader.unsupported('codec_client_type', `a health check over ${codec}`)
  const configured = reader.enumeration<string>('method', 'METHOD_UNSPECIFIED')
  const method = configured === 'METHOD_UNSPECIFIED' ? 'GET' : configured
  const expected = reader.messages('expected_statuses', (range) => readRange(range, 'expected'))
  return {
    kind: 'http',
    method,
    host: reader.string('host'),
    path: reader.string('path'),
    headers: readMutations(reader, 'request_headers_to_add', 'request_headers_to_remove'),
    send: readSend(reader, method),
    ...readReceive(reader),
    expectedStatuses: expected.length === 0 ? ONLY_OK : expected,
    retriableStatuses: reader.messages('retriable_statuses', (range) => readRange(range, 'retriable')),
    serviceName: reader.message('service_name_matcher', readStringMatcher),
  }
}

function readSend(reader: Reader, method: string): Uint8Array {
  if (reader.has('send') && WITHOUT_BODY.includes(method)) {
    const message =
      `HTTP health check cannot specify a request payload with method '${method}'. ` +
      'Only methods that support a request body (POST, PUT, PATCH, OPTIONS) can be used with payload.'
    reader.error('send', 'NU163', message)
  }
  return reader.message('send', readPayload) ?? new Uint8Array()
}

function readReceive(reader: Reader): Pick<HttpHealthCheck, 'receive' | 'responseBufferBytes'> {
  const receive = reader.messages('receive', readPayload)
  const responseBufferBytes = reader.number('response_buffer_size', DEFAULT_RESPONSE_BUFFER_BYTES)
  const total = receive.reduce((sum, { length }) => sum + length, 0)
  if (responseBufferBytes !== 0 && total > responseBufferBytes) {
    const message = `The expected response length '${total}' is over than http health response buffer size '${responseBufferBytes}'`
    reader.error('receive', 'NU163', message)
  }
  return { receive, responseBufferBytes }
}

function readRange(reader: Reader, kind: 'expected' | 'retriable'): StatusRange {
  const start = reader.number('start', 0)
  const end = reader.number('end', 0)
  const problem = rangeProblem(start, end)
  if (problem !== undefined) reader.error(undefined, 'NU163', `Invalid http ${kind} status range: ${problem}`)
  return { start, end }
}

function rangeProblem(start: number, end: number): string | undefined {
  if (start >= end) return `expecting start < end, but found start=${start} and end=${end}`
  if (start < 100) return `expecting start >= 100, but found start=${start}`
  return end > 600 ? `expecting end <= 600, but found end=${end}` : undefined
}
