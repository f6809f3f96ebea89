/** Envoy's router check tool: what a route table makes of given requests, compared with what is expected of it. */
import type { ParseContext } from '../../api/extension.ts'
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { Route, RouteConfig } from '../../api/route.ts'
import type { FractionalPercent, RuntimeSnapshot } from '../../api/runtime.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { parseRouteConfiguration } from '../route-config.ts'
import type { GoldenInput, GoldenTest } from './golden-tests.ts'
import { readGoldenTests } from './golden-tests.ts'
import { headerFailures } from './header-failures.ts'

const TYPE = 'envoy.config.route.v3.RouteConfiguration'

/** What the tool cannot make by itself: whoever starts it knows the rooms that can. */
export interface RouteCheckDeps {
  /** Without `clusterNames`: a table alone knows no clusters. */
  readonly context: ParseContext
  requestHeaders(method: string, path: string, authority: string): RequestHeaders
  responseHeaders(status: number): ResponseHeaders
  /** Of a client at 127.0.0.1. */
  streamInfo(): StreamInfo
}

export interface RouteCheckText {
  readonly file: string
  readonly text: string
}

export interface RouteCheckReport {
  readonly ok: boolean
  /** Lines as Envoy's tool prints them; with `details` the names of passed tests as well. */
  readonly lines: readonly string[]
}

export function checkRoutes(
  config: RouteCheckText,
  golden: RouteCheckText,
  details: boolean,
  deps: RouteCheckDeps,
): RouteCheckReport {
  const format = config.file.endsWith('.json') ? 'json' : 'yaml'
  const message = parseMessage(TYPE, config.text, { file: config.file, format })
  if (!message.ok) return failed(message.errors.map((error) => error.message))
  const parsed = parseRoot(TYPE, message.value, {}, (reader) => parseRouteConfiguration(reader, deps.context))
  if (!parsed.ok) return failed(parsed.errors.map((error) => `${error.path}: ${error.message}`))
  const tests = readGoldenTests(golden.file, golden.text)
  if (!tests.ok) return failed([tests.message])
  const runtime = { current: new GoldenRuntime() }
  const table = parsed.value.bind(runtime)
  const lines: string[] = []
  let ok = true
  for (const test of tests.tests) {
    runtime.current = new GoldenRuntime(test.input.runtime)
    const failures = failuresOf(table, test, deps)
    if (failures.length > 0) ok = false
    if (failures.length > 0 || details) lines.push(test.test_name)
    if (details || failures.length > 0) lines.push(...failures)
  }
  return { ok, lines }
}

function failed(lines: readonly string[]): RouteCheckReport {
  return { ok: false, lines }
}

function failuresOf(table: RouteConfig, { input, validate }: GoldenTest, deps: RouteCheckDeps): readonly string[] {
  const request = requestOf(input, deps)
  const streamInfo = deps.streamInfo()
  streamInfo.requestHeaders = request
  const route = table.route(request, streamInfo, Number(input.random_value ?? 0))
  const entry = route?.entry
  const actual: Record<string, string | number> = {
    cluster_name: entry?.clusterName ?? '',
    virtual_cluster_name: entry === undefined ? '' : (route?.virtualHost.virtualCluster(request)?.name ?? ''),
    virtual_host_name: entry === undefined ? '' : (route?.virtualHost.name ?? ''),
    path_redirect: redirectOf(route, request, streamInfo),
    code_redirect: route?.directResponse?.status ?? 0,
  }
  const response = finalize(route, request, streamInfo, input, deps)
  actual['path_rewrite'] = entry === undefined ? '' : request.path
  actual['host_rewrite'] = entry === undefined ? '' : (request.authority ?? '')
  const failures: string[] = []
  for (const [member, found] of Object.entries(actual)) {
    // A member of the expectation by the same name.
    const expected = (validate as Readonly<Record<string, unknown>>)[member]
    if (expected === undefined || expected === found) continue
    failures.push(`expected: [${String(expected)}], actual: [${found}], test type: ${member}`)
  }
  return [...failures, ...headerFailures(validate, request, response)]
}

function requestOf(input: GoldenInput, deps: RouteCheckDeps): RequestHeaders {
  const headers = deps.requestHeaders(input.method ?? 'GET', input.path, input.authority)
  headers.scheme = input.ssl === true ? 'https' : 'http'
  headers.set('x-forwarded-proto', headers.scheme)
  if (input.internal === true) headers.set('x-envoy-internal', 'true')
  for (const { key, value } of input.additional_request_headers ?? []) headers.add(key.toLowerCase(), value)
  return headers
}

/** For answers without a redirect the tool shows the address that was asked for. */
function redirectOf(route: Route | undefined, request: RequestHeaders, streamInfo: StreamInfo): string {
  if (route?.directResponse === undefined) return ''
  return (
    route.directResponse.newUri(request, streamInfo) ??
    `${request.scheme ?? ''}://${request.authority ?? ''}${request.path}`
  )
}

function finalize(
  route: Route | undefined,
  request: RequestHeaders,
  streamInfo: StreamInfo,
  input: GoldenInput,
  deps: RouteCheckDeps,
): ResponseHeaders {
  const reply = route?.directResponse
  const response = deps.responseHeaders(reply?.status ?? 200)
  for (const { key, value } of input.additional_response_headers ?? []) response.add(key.toLowerCase(), value)
  if (reply !== undefined) {
    if (reply.body !== '') {
      response.set('content-length', String(reply.body.length))
      response.set('content-type', 'text/plain')
    }
    reply.finalizeResponseHeaders(response, streamInfo)
  }
  route?.entry?.finalizeRequestHeaders(request, streamInfo, true)
  route?.entry?.finalizeResponseHeaders(response, streamInfo)
  return response
}

/** Only the key that a test names is set, and to what the route says. */
class GoldenRuntime implements RuntimeSnapshot {
  readonly #key: string

  constructor(key = '') {
    this.#key = key
  }

  get(): string | undefined {
    return undefined
  }

  integer(_key: string, fallback: number): number {
    return fallback
  }

  double(_key: string, fallback: number): number {
    return fallback
  }

  boolean(_key: string, fallback: boolean): boolean {
    return fallback
  }

  featureEnabled(key: string, fallback: number, random: number): boolean {
    return this.fractionEnabled(key, { numerator: fallback, denominator: 100 }, random)
  }

  fractionEnabled(key: string, { numerator, denominator }: FractionalPercent, random: number): boolean {
    // "At most", not "below": so does the tool, unlike the proxy.
    return this.#key !== '' && key === this.#key && random % denominator <= numerator
  }
}
