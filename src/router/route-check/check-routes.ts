/** Envoy's router check tool: what a route table makes of given requests, compared with what is expected of it. */
import type { ParseContext } from '../../api/extension.ts'
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { Route, RouteConfig } from '../../api/route.ts'
import type { Scope } from '../../api/stats.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { parseRouteConfiguration } from '../route-config.ts'
import { checkedTable } from './checked-table.ts'
import type { GoldenExpectation, GoldenInput, GoldenTest } from './golden-tests.ts'
import { readGoldenTests } from './golden-tests.ts'
import { headerFailures } from './header-failures.ts'
import { RouteCoverage } from './route-coverage.ts'
import { ToolRuntime } from './tool-runtime.ts'

const TYPE = 'envoy.config.route.v3.RouteConfiguration'

/** What the tool cannot make by itself: whoever starts it knows the rooms that can. */
export interface RouteCheckDeps {
  /** Without `clusterNames`: a table alone knows no clusters. */
  readonly context: ParseContext
  /** Whatever counts something there. */
  readonly scope: Scope
  requestHeaders(method: string, path: string, authority: string): RequestHeaders
  responseHeaders(status: number): ResponseHeaders
  /** Of a client at 127.0.0.1. */
  streamInfo(): StreamInfo
}

export interface RouteCheckText {
  readonly file: string
  readonly text: string
}

/** By the flags of Envoy's tool. */
export interface RouteCheckSettings {
  /** Names of passed tests too. */
  readonly details: boolean
  /** But not those, whatever `details` says. */
  readonly onlyShowFailures: boolean
  /** Fails below this coverage in percent; 0 for never. */
  readonly failUnder: number
  /** A route is covered as far as each of its expectations is tested; routes without a test are named. */
  readonly comprehensive: boolean
  /** Routes without a test are named. */
  readonly detailedCoverage: boolean
}

export interface RouteCheckReport {
  readonly ok: boolean
  /** For standard output: names of passed tests, coverage. */
  readonly lines: readonly string[]
  /** For standard error: failed tests and why, in the lines of Envoy's tool. */
  readonly errors: readonly string[]
}

export function checkRoutes(
  config: RouteCheckText,
  golden: RouteCheckText,
  settings: RouteCheckSettings,
  deps: RouteCheckDeps,
): RouteCheckReport {
  const format = config.file.endsWith('.json') ? 'json' : 'yaml'
  const message = parseMessage(TYPE, config.text, { file: config.file, format })
  if (!message.ok) return failed(message.errors.map((error) => error.message))
  const checked = checkedTable(message.value)
  const parsed = parseRoot(TYPE, checked.message, {}, (reader) => parseRouteConfiguration(reader, deps.context))
  if (!parsed.ok) return failed(parsed.errors.map((error) => `${error.path}: ${error.message}`))
  const tests = readGoldenTests(golden.file, golden.text)
  if (!tests.ok) return failed([tests.message])
  const runtime = { current: new ToolRuntime() }
  const table = parsed.value.bind(runtime, deps.scope)
  const coverage = new RouteCoverage(checked.routes)
  const lines: string[] = []
  const errors: string[] = []
  for (const test of tests.tests) {
    runtime.current = new ToolRuntime(test.input.runtime)
    const failures = failuresOf(table, test, coverage, deps)
    if (failures.length > 0) errors.push(test.test_name, ...failures)
    else if (settings.details && !settings.onlyShowFailures) lines.push(test.test_name)
  }
  return errors.length > 0 ? { ok: false, lines, errors } : withCoverage(lines, coverage, settings)
}

function failed(errors: readonly string[]): RouteCheckReport {
  return { ok: false, lines: [], errors }
}

function withCoverage(
  lines: readonly string[],
  coverage: RouteCoverage,
  { comprehensive, detailedCoverage, failUnder }: RouteCheckSettings,
): RouteCheckReport {
  const percent = comprehensive ? coverage.comprehensivePercent() : coverage.percent()
  const missing = comprehensive || detailedCoverage ? coverage.missing(comprehensive ? 'match' : 'name') : []
  const ok = failUnder === 0 || percent >= failUnder
  return {
    ok,
    lines: [...lines, ...missing, `Current route coverage: ${shown(percent)}%`],
    errors: ok ? [] : [`Failed to meet coverage requirement: ${shown(failUnder)}%`],
  }
}

/** With the six digits of a C++ stream. */
function shown(percent: number): string {
  return String(Number(percent.toPrecision(6)))
}

type Compared = Exclude<keyof GoldenExpectation, `request_${string}` | `response_${string}`>

/** In the order of Envoy's tool: all is compared with the request as the route leaves it. */
function failuresOf(
  table: RouteConfig,
  { input, validate }: GoldenTest,
  coverage: RouteCoverage,
  deps: RouteCheckDeps,
): readonly string[] {
  const request = requestOf(input, deps)
  const streamInfo = deps.streamInfo()
  streamInfo.requestHeaders = request
  addMetadata(input, streamInfo)
  const route = table.route(request, streamInfo, Number(input.random_value ?? 0))
  const entry = route?.entry
  const redirect = redirectOf(route, request, streamInfo)
  const response = finalize(route, request, streamInfo, input, deps)
  const actual: Readonly<Record<Compared, string | number>> = {
    cluster_name: entry?.clusterName ?? '',
    virtual_cluster_name: entry === undefined ? '' : (route?.virtualHost.virtualCluster(request)?.name ?? ''),
    virtual_host_name: entry === undefined ? '' : (route?.virtualHost.name ?? ''),
    path_rewrite: entry === undefined ? '' : request.path,
    host_rewrite: entry === undefined ? '' : (request.authority ?? ''),
    path_redirect: redirect,
    code_redirect: route?.directResponse?.status ?? 0,
  }
  const failures: string[] = []
  for (const member of Object.keys(actual) as Compared[]) {
    const expected = validate[member]
    if (expected === undefined) continue
    if (expected === actual[member]) {
      if (route !== undefined) coverage.mark(route, member)
    } else failures.push(`expected: [${String(expected)}], actual: [${actual[member]}], test type: ${member}`)
  }
  return [...failures, ...headerFailures(validate, request, response)]
}

function addMetadata({ dynamic_metadata: given = [] }: GoldenInput, streamInfo: StreamInfo): void {
  for (const { metadata_namespace: namespace, value = {}, allow_overwrite: overwrites = false } of given) {
    const before = streamInfo.dynamicMetadata?.get(namespace)
    if (before === undefined || overwrites) streamInfo.setDynamicMetadata(namespace, { ...before, ...value })
  }
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
