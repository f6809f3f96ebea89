/**
 * What a route table makes of one request, step by step: the virtual host, each route that was tried and why it was not
 * taken, and what the chosen one does.
 */
import type { FieldPath, Message } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { Route, RouteEntry } from '../../api/route.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Scope } from '../../api/stats.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { withoutPort } from '../../http/host-name.ts'
import { RequestView } from '../request-view.ts'
import { parseRouteConfiguration } from '../route-config.ts'
import { VirtualHostIndex } from '../virtual-host-index.ts'
import type { TlsRequirement } from '../virtual-host.ts'
import { needsTls } from '../virtual-host.ts'
import { explainMismatch } from './explain-match.ts'
import { matchedRoutes } from './matched-routes.ts'

/** `label` says what the line is about, `at` where it comes from in the configuration. */
export interface ExplainedStep {
  readonly label: string
  readonly text: string
  readonly at: FieldPath | undefined
}

export interface Explanation {
  /** There is a route. */
  readonly matched: boolean
  readonly steps: readonly ExplainedStep[]
}

export interface ExplainDeps {
  readonly context: ParseContext
  readonly runtime: Runtime
  /** Whatever counts something there. */
  readonly scope: Scope
  readonly streamInfo: StreamInfo
  /** Decides weighted clusters and fractions. */
  readonly random: number
  /** Where a cluster of this name stands in the configuration. */
  readonly placeOfCluster: (name: string) => FieldPath | undefined
  /** Of the connection manager. */
  readonly streamIdleTimeoutMs: number
}

const TYPE = 'envoy.config.route.v3.RouteConfiguration'

/** `at` is where the table lies in the configuration. `headers` are changed as the route would change them. */
export function explainRequest(table: Message, at: FieldPath, headers: RequestHeaders, deps: ExplainDeps): Explanation {
  const parsed = parseRoot(TYPE, table, {}, (reader) => parseRouteConfiguration(reader, deps.context))
  if (!parsed.ok) {
    return { matched: false, steps: parsed.errors.map(({ message }) => ({ label: 'error', text: message, at })) }
  }
  const steps: ExplainedStep[] = [{ label: 'route table', text: quoted(table['name']), at }]
  const found = findHost(table, headers)
  if (found === undefined) {
    const text = `none has a domain for "${headers.authority ?? ''}": 404`
    return { matched: false, steps: [...steps, { label: 'virtual host', text, at }] }
  }
  const { host, index, domain } = found
  const hostAt = [...at, 'virtual_hosts', index]
  steps.push({ label: 'virtual host', text: `${quoted(host['name'])} by its domain "${domain}"`, at: hostAt })
  const view = new RequestView(table['ignore_path_parameters_in_path_matching'] === true)
  view.reset(headers, deps.streamInfo, deps.random)
  const requirement = (host['require_tls'] ?? 'NONE') as TlsRequirement
  if (requirement !== 'NONE' && needsTls(requirement, view)) {
    steps.push({ label: 'require_tls', text: requirement, at: [...hostAt, 'require_tls'] })
  } else steps.push(...triedRoutes(host, hostAt, view, deps))
  const route = parsed.value.bind(deps.runtime, deps.scope).route(headers, deps.streamInfo, deps.random)
  steps.push(...outcome(route, headers, deps))
  return { matched: route !== undefined, steps }
}

interface FoundHost {
  readonly host: Message
  readonly index: number
  readonly domain: string
}

function findHost(table: Message, headers: RequestHeaders): FoundHost | undefined {
  const index = new VirtualHostIndex<FoundHost>()
  for (const [position, host] of messages(table['virtual_hosts']).entries()) {
    for (const domain of texts(host['domains'])) index.add(domain, { host, index: position, domain })
  }
  const header = table['vhost_header']
  const name = typeof header === 'string' ? headers.get(header.toLowerCase()) : headers.authority
  if (name === undefined) return index.onlyDefault
  return index.find((table['ignore_port_in_host_matching'] === true ? withoutPort(name) : name).toLowerCase())
}

function triedRoutes(host: Message, at: FieldPath, view: RequestView, deps: ExplainDeps): readonly ExplainedStep[] {
  const { by, routes } = matchedRoutes(host, at, view.headers, deps)
  const steps: ExplainedStep[] = by === undefined ? [] : [{ label: 'matcher', ...by }]
  for (const [index, { route, at: routeAt }] of routes.entries()) {
    const match = isMessage(route['match']) ? route['match'] : {}
    const name = typeof route['name'] === 'string' ? ` "${route['name']}"` : ''
    const label = `route ${index}${name}`
    const mismatch = explainMismatch(match, view, deps.runtime)
    const below = mismatch === undefined ? [] : ['match', ...mismatch.path]
    steps.push({ label, text: mismatch === undefined ? 'matches' : `no: ${mismatch.text}`, at: [...routeAt, ...below] })
    if (mismatch === undefined) break
  }
  return steps
}

function outcome(route: Route | undefined, headers: RequestHeaders, deps: ExplainDeps): readonly ExplainedStep[] {
  const step = (label: string, text: string, at?: FieldPath): ExplainedStep => ({ label, text, at })
  if (route === undefined) return [step('answer', '404: no route matches')]
  const reply = route.directResponse
  if (reply !== undefined) {
    const location = reply.newUri(headers, deps.streamInfo)
    const what = location === undefined ? `with ${reply.body.length} bytes` : `to ${location}`
    return [step('answer', `${reply.status} ${what}`)]
  }
  const { entry } = route
  if (entry === undefined) return []
  const place = deps.placeOfCluster(entry.clusterName)
  const unknown =
    place === undefined ? `: not in this file; without it the answer is ${entry.clusterNotFoundStatus}` : ''
  return [step('cluster', `${quoted(entry.clusterName)}${unknown}`, place), ...forwarded(entry, headers, deps, step)]
}

function forwarded(
  entry: RouteEntry,
  headers: RequestHeaders,
  { streamInfo, streamIdleTimeoutMs }: ExplainDeps,
  step: (label: string, text: string) => ExplainedStep,
): readonly ExplainedStep[] {
  const before = { path: headers.path, host: headers.authority ?? '' }
  entry.finalizeRequestHeaders(headers, streamInfo, true)
  const host = headers.authority ?? ''
  return [
    step('path', headers.path === before.path ? headers.path : `${headers.path}   (before: ${before.path})`),
    step('host', host === before.host ? host : `${host}   (before: ${before.host})`),
    step('timeouts', timeouts(entry, streamIdleTimeoutMs)),
    step('retries', retries(entry)),
  ]
}

function timeouts(entry: RouteEntry, streamIdleTimeoutMs: number): string {
  const { globalMs, perTryMs, perTryIdleMs } = entry.timeouts
  const idle = ms(entry.idleTimeoutMs ?? streamIdleTimeoutMs)
  const more = [
    perTryMs > 0 ? `, an attempt ${ms(perTryMs)}` : '',
    perTryIdleMs > 0 ? `, an idle attempt ${ms(perTryIdleMs)}` : '',
    entry.maxStreamDurationMs === undefined ? '' : `, the stream ${ms(entry.maxStreamDurationMs)}`,
  ]
  return `the request ${ms(globalMs)}, an idle stream ${idle}${more.join('')}`
}

function ms(value: number): string {
  return value === 0 ? 'without limit' : `${value} ms`
}

function retries({ retryPolicy }: RouteEntry): string {
  if (retryPolicy === undefined) return 'none'
  return `${retryPolicy.numRetries} on ${[...retryPolicy.retryOn].join(',') || 'nothing'}`
}

function messages(value: unknown): readonly Message[] {
  return Array.isArray(value) ? value.filter(isMessage) : []
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function quoted(value: unknown): string {
  return JSON.stringify(value ?? '')
}
