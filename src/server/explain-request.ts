/** `nuncio route-check -c envoy.yaml GET https://host/path`: how a bootstrap would treat one request. */
import type { FieldPath, Message, SourceMap } from '../api/config.ts'
import type { Extension, ParseContext } from '../api/extension.ts'
import type { IpAddress } from '../api/network.ts'
import { loadBootstrap } from '../config/load-bootstrap.ts'
import { createParseContext } from '../config/parse-context.ts'
import { parseRoot } from '../config/parse-root.ts'
import { renderReport } from '../config/report/render-report.ts'
import { readFilterChainMatch } from '../listener/filter-chain-match-config.ts'
import { findFilterChain } from '../listener/filter-chain-match.ts'
import { ipAddress } from '../network/address.ts'
import { SocketInfo } from '../network/connection-info.ts'
import { StreamRecord } from '../network/stream-info.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import type { ExplainedStep } from '../router/route-check/explain-request.ts'
import { explainRequest } from '../router/route-check/explain-request.ts'
import { flattenLayer } from '../runtime/flatten-layer.ts'
import type { RuntimeEntry } from '../runtime/runtime-entry.ts'
import { Snapshot } from '../runtime/snapshot.ts'
import { StatsStore } from '../stats/stats-store.ts'
import type { AbsoluteUrl } from './received-request.ts'
import { absoluteUrl, receiveRequest, sentRequest } from './received-request.ts'

export interface RequestToExplain {
  readonly config: string
  readonly method: string
  /** Absolute: http://host:port/path or https://… */
  readonly url: string
  /** `name: value` */
  readonly headers: readonly string[]
  /** Name of the listener; undefined: by the port of the URL. */
  readonly listener: string | undefined
  readonly random: number
}

export interface ExplainedText {
  readonly ok: boolean
  readonly lines: readonly string[]
}

const MANAGER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const CLIENT = ipAddress('127.0.0.1', 50000)!

interface ChosenChain {
  readonly chain: Message
  /** Of the listener. */
  readonly port: number
  readonly at: FieldPath
  readonly info: SocketInfo
}

export function explainHttpRequest(request: RequestToExplain, extensions: readonly Extension[]): ExplainedText {
  const loaded = loadBootstrap({ path: request.config })
  if (!loaded.ok) {
    const { errors, warnings, sourceMap } = loaded
    return failed(renderReport('human', { errors, warnings }, { sourceMap, colour: false }))
  }
  const url = absoluteUrl(request.url)
  if (url === undefined) return failed(`not an absolute URL: ${request.url}`)
  const steps: ExplainedStep[] = []
  const done = (ok: boolean): ExplainedText => ({ ok, lines: rendered(steps, loaded.sourceMap) })
  const chosen = chooseChain(loaded.message, url, request.listener, steps)
  const manager = chosen && findManager(chosen, steps)
  if (chosen === undefined || manager === undefined) return done(false)
  const headers = sentRequest(request.method, url, request.headers)
  const sent = `${headers.authority ?? ''}${headers.path}`
  const answer = receiveRequest(headers, manager.message, chosen.port)
  if (answer !== undefined) {
    steps.push({ label: 'answer', text: answer, at: manager.at })
    return done(false)
  }
  const received = `${headers.authority ?? ''}${headers.path}`
  if (received !== sent) steps.push({ label: 'request', text: `${received}   (before: ${sent})`, at: manager.at })
  const table = manager.message['route_config']
  if (!isMessage(table)) {
    steps.push({ label: 'route table', text: 'does not stand in this file', at: manager.at })
    return done(false)
  }
  const streamInfo = new StreamRecord(0, 0, chosen.info, 0, undefined, undefined)
  streamInfo.requestHeaders = headers
  const { matched, steps: more } = explainRequest(table, [...manager.at, 'route_config'], headers, {
    context: contextOf(extensions),
    runtime: { current: staticRuntime(loaded.message) },
    scope: new StatsStore().root,
    streamInfo,
    random: request.random,
    placeOfCluster: (name) => placeOfCluster(loaded.message, name),
    streamIdleTimeoutMs: durationMs(manager.message['stream_idle_timeout']) ?? 300_000,
  })
  steps.push(...more)
  return done(matched)
}

/** What the static layers say; those that come from elsewhere are not looked at. */
function staticRuntime(bootstrap: Message): Snapshot {
  const layered = bootstrap['layered_runtime']
  const entries = new Map<string, RuntimeEntry>()
  for (const layer of messages(isMessage(layered) ? layered['layers'] : undefined)) {
    const values = layer['static_layer']
    if (!isMessage(values)) continue
    for (const [key, entry] of flattenLayer(values, () => undefined)) entries.set(key, entry)
  }
  return new Snapshot(entries)
}

function placeOfCluster(bootstrap: Message, name: string): FieldPath | undefined {
  const resources = bootstrap['static_resources']
  const clusters = messages(isMessage(resources) ? resources['clusters'] : undefined)
  const index = clusters.findIndex((cluster) => cluster['name'] === name)
  return index < 0 ? undefined : ['static_resources', 'clusters', index]
}

/** Of a canonical duration, such as `1.5s`. */
function durationMs(duration: unknown): number | undefined {
  return typeof duration === 'string' ? Number.parseFloat(duration) * 1000 : undefined
}

function failed(text: string): ExplainedText {
  return { ok: false, lines: text.trimEnd().split('\n') }
}

function contextOf(extensions: readonly Extension[]): ParseContext {
  return createParseContext(new ExtensionRegistry(extensions), {
    clusterNames: undefined,
    accessLogFiles: { open: () => ({ error: 'no access logs here' }) },
  })
}

function chooseChain(
  bootstrap: Message,
  url: AbsoluteUrl,
  wanted: string | undefined,
  steps: ExplainedStep[],
): ChosenChain | undefined {
  const resources = isMessage(bootstrap['static_resources']) ? bootstrap['static_resources'] : {}
  const listeners = messages(resources['listeners']).map((listener, index) => ({ listener, index }))
  const { port } = url
  const http = listeners.filter(({ listener }) => JSON.stringify(listener).includes(MANAGER))
  const chosen =
    wanted === undefined
      ? (http.find(({ listener }) => addressOf(listener)?.port === port) ?? (http.length === 1 ? http[0] : undefined))
      : listeners.find(({ listener }) => listener['name'] === wanted)
  if (chosen === undefined) {
    const names = http.map(({ listener }) => `${String(listener['name'])} (${addressOf(listener)?.text ?? 'no port'})`)
    const text = `none on port ${port}; choose by --listener one of: ${names.join(', ') || 'there is none for HTTP'}`
    steps.push({ label: 'listener', text, at: undefined })
    return undefined
  }
  const at = ['static_resources', 'listeners', chosen.index]
  const { listener } = chosen
  const address = addressOf(listener)
  steps.push({ label: 'listener', text: `${JSON.stringify(listener['name'] ?? '')} ${address?.text ?? ''}`, at })
  return chooseFilterChain(listener, at, address, url, steps)
}

function chooseFilterChain(
  listener: Message,
  at: FieldPath,
  address: IpAddress | undefined,
  url: AbsoluteUrl,
  steps: ExplainedStep[],
): ChosenChain | undefined {
  const port = address?.port ?? 0
  const info = new SocketInfo(address ?? ipAddress('127.0.0.1', 0)!, CLIENT)
  if (url.scheme === 'https') {
    info.requestedServerName = url.hostname.toLowerCase()
    info.detectedTransportProtocol = 'tls'
  }
  if (isMessage(listener['filter_chain_matcher'])) {
    steps.push({ label: 'filter chain', text: 'a filter_chain_matcher chooses it, which is not followed here', at })
    return undefined
  }
  const chains = messages(listener['filter_chains']).map((chain, index) => ({ chain, index, match: matchOf(chain) }))
  const found = findFilterChain(chains, info)
  const standby = listener['default_filter_chain']
  if (found !== undefined) {
    const chainAt = [...at, 'filter_chains', found.index]
    const name = found.chain['name'] === undefined ? '' : ` ${JSON.stringify(found.chain['name'])}`
    steps.push({ label: 'filter chain', text: `${found.index}${name} of ${chains.length}`, at: chainAt })
    return { chain: found.chain, port, at: chainAt, info }
  }
  if (isMessage(standby)) {
    const chainAt = [...at, 'default_filter_chain']
    steps.push({ label: 'filter chain', text: 'the default one, as no other matches', at: chainAt })
    return { chain: standby, port, at: chainAt, info }
  }
  steps.push({ label: 'filter chain', text: `none of ${chains.length} matches: the connection is closed`, at })
  return undefined
}

function matchOf(chain: Message): ReturnType<typeof readFilterChainMatch> {
  const match = chain['filter_chain_match']
  if (!isMessage(match)) return readFilterChainMatch(undefined)
  const parsed = parseRoot('envoy.config.listener.v3.FilterChainMatch', match, {}, readFilterChainMatch)
  return parsed.ok ? parsed.value : readFilterChainMatch(undefined)
}

function findManager(
  { chain, at }: ChosenChain,
  steps: ExplainedStep[],
): { readonly message: Message; readonly at: FieldPath } | undefined {
  const filters = messages(chain['filters'])
  const index = filters.findIndex((filter) => {
    const config = filter['typed_config']
    return isMessage(config) && String(config['@type']).endsWith(`/${MANAGER}`)
  })
  if (index < 0) {
    steps.push({ label: 'filters', text: 'none of them speaks HTTP', at })
    return undefined
  }
  // `findIndex` looked at it.
  const message = filters[index]!['typed_config'] as Message
  return { message, at: [...at, 'filters', index, 'typed_config', { any: true }] }
}

function addressOf(listener: Message): IpAddress | undefined {
  const address = listener['address']
  const socket = isMessage(address) ? address['socket_address'] : undefined
  if (!isMessage(socket)) return undefined
  return ipAddress(String(socket['address']), Number(socket['port_value'] ?? 0))
}

function rendered(steps: readonly ExplainedStep[], sourceMap: SourceMap): readonly string[] {
  const label = Math.max(...steps.map((step) => step.label.length)) + 2
  return steps.map((step) => {
    const place = step.at === undefined ? undefined : sourceMap.locate(step.at)
    const where = place === undefined ? '' : `   ${place.file}:${place.line}`
    return `${step.label.padEnd(label)}${step.text}${where}`
  })
}

function messages(value: unknown): readonly Message[] {
  return Array.isArray(value) ? value.filter(isMessage) : []
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
