/** `nuncio route-check -c envoy.yaml GET https://host/path`: how a bootstrap would treat one request. */
import type { FieldPath, Message, SourceMap } from '../api/config.ts'
import type { Extension, ParseContext } from '../api/extension.ts'
import type { IpAddress } from '../api/network.ts'
import { newRequestHeaders } from '../codec/headers/request-headers.ts'
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
import { runtimeFromValues } from '../runtime/runtime-from-values.ts'

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
  readonly at: FieldPath
  readonly info: SocketInfo
}

export function explainHttpRequest(request: RequestToExplain, extensions: readonly Extension[]): ExplainedText {
  const loaded = loadBootstrap({ path: request.config })
  if (!loaded.ok) {
    const { errors, warnings, sourceMap } = loaded
    return failed(renderReport('human', { errors, warnings }, { sourceMap, colour: false }))
  }
  const url = URL.parse(request.url)
  if (url === null || url.host === '') return failed(`not an absolute URL: ${request.url}`)
  const steps: ExplainedStep[] = []
  const chosen = chooseChain(loaded.message, url, request.listener, steps)
  if (chosen === undefined) return { ok: false, lines: rendered(steps, loaded.sourceMap) }
  const manager = findManager(chosen, steps)
  const table = manager?.message['route_config']
  if (manager === undefined || !isMessage(table)) {
    if (manager !== undefined) steps.push({ label: 'route table', text: 'does not stand in this file', at: manager.at })
    return { ok: false, lines: rendered(steps, loaded.sourceMap) }
  }
  const headers = headersOf(request, url)
  const streamInfo = new StreamRecord(0, 0, chosen.info, 0, undefined, undefined)
  streamInfo.requestHeaders = headers
  const { matched, steps: more } = explainRequest(table, [...manager.at, 'route_config'], headers, {
    context: contextOf(extensions),
    runtime: { current: runtimeFromValues('{}') },
    streamInfo,
    random: request.random,
  })
  return { ok: matched, lines: rendered([...steps, ...more], loaded.sourceMap) }
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

function headersOf({ method, headers: lines }: RequestToExplain, url: URL): ReturnType<typeof newRequestHeaders> {
  const headers = newRequestHeaders(method, `${url.pathname}${url.search}`, url.host)
  headers.scheme = url.protocol.slice(0, -1)
  headers.set('x-forwarded-proto', headers.scheme)
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/:(.*)/s)
    if (name.trim().toLowerCase() === 'host') headers.authority = value.trim()
    else headers.add(name.trim().toLowerCase(), value.trim())
  }
  return headers
}

function chooseChain(
  bootstrap: Message,
  url: URL,
  wanted: string | undefined,
  steps: ExplainedStep[],
): ChosenChain | undefined {
  const resources = isMessage(bootstrap['static_resources']) ? bootstrap['static_resources'] : {}
  const listeners = messages(resources['listeners']).map((listener, index) => ({ listener, index }))
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
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
  url: URL,
  steps: ExplainedStep[],
): ChosenChain | undefined {
  const info = new SocketInfo(address ?? ipAddress('127.0.0.1', 0)!, CLIENT)
  if (url.protocol === 'https:') {
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
    return { chain: found.chain, at: chainAt, info }
  }
  if (isMessage(standby)) {
    const chainAt = [...at, 'default_filter_chain']
    steps.push({ label: 'filter chain', text: 'the default one, as no other matches', at: chainAt })
    return { chain: standby, at: chainAt, info }
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
