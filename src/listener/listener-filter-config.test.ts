import { expect, test } from 'bun:test'
import type { Extension } from '../api/extension.ts'
import { parseMessage } from '../config/parse-message.ts'
import { createParseContext } from '../config/parse-context.ts'
import { parseRoot } from '../config/parse-root.ts'
import { parseIpAddress, pipeAddress } from '../network/address.ts'
import { SocketInfo } from '../network/connection-info.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import type { ListenerConfig } from './listener-config.ts'
import { parseListener } from './listener-config.ts'

const TYPE = 'envoy.config.listener.v3.Listener'
const ORIGINAL_DST = 'envoy.extensions.filters.listener.original_dst.v3.OriginalDst'
const PEER = parseIpAddress('10.0.0.9', 9)

const originalDst: Extension<undefined, 'envoy.filters.listener'> = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.original_dst',
  typeNames: [ORIGINAL_DST],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: () => undefined,
  create: () => () => ({ maxReadBytes: 0, onAccept: () => 'continue' }),
}

function parse(fields: string, known: readonly Extension[] = [originalDst]): ListenerConfig | string[] {
  const context = createParseContext(new ExtensionRegistry(known), {
    clusterNames: undefined,
    accessLogFiles: { open: () => ({ error: 'no files' }) },
  })
  const address = 'address: {socket_address: {address: 127.0.0.1, port_value: 80}}'
  const message = parseMessage(TYPE, `{name: l, ${address}, filter_chains: [{}], ${fields}}`)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(TYPE, message.value, {}, (reader) => parseListener(reader, context))
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message)
}

function configOf(fields: string): ListenerConfig {
  const config = parse(fields)
  if (Array.isArray(config)) throw new Error(config.join('\n'))
  return config
}

const filter = (more = '') => `{name: f, typed_config: {"@type": type.googleapis.com/${ORIGINAL_DST}}${more}}`

test('listener filters: defaults', () => {
  expect(configOf('')).toMatchObject({
    listenerFilters: [],
    listenerFiltersTimeoutMs: 15_000,
    continueOnListenerFiltersTimeout: false,
    useOriginalDst: false,
  })
})

test('listener filters: use_original_dst adds a filter behind the others', () => {
  const { listenerFilters } = configOf(`listener_filters: [${filter()}], use_original_dst: true`)
  expect(listenerFilters.map(({ filter: { name } }) => name)).toEqual(['f', 'envoy.filters.listener.original_dst'])
  expect(parse('use_original_dst: true', [])).toEqual([
    "Didn't find a registered implementation for name: 'envoy.filters.listener.original_dst'",
  ])
})

test('listener filters: filter_disabled goes by the destination port', () => {
  const range = (start: number, end: number) => `{destination_port_range: {start: ${start}, end: ${end}}}`
  const disabled = (predicate: string, local = parseIpAddress('10.0.0.1', 85)) => {
    const { listenerFilters } = configOf(`listener_filters: [${filter(`, filter_disabled: ${predicate}`)}]`)
    return listenerFilters[0]?.isDisabled?.(new SocketInfo(local, PEER))
  }
  expect(disabled('{any_match: true}')).toBe(true)
  expect(disabled('{not_match: {any_match: true}}')).toBe(false)
  expect([disabled(range(80, 85)), disabled(range(85, 86)), disabled(range(86, 90))]).toEqual([false, true, false])
  expect(disabled(`{or_match: {rules: [${range(1, 2)}, ${range(80, 90)}]}}`)).toBe(true)
  expect(disabled(`{and_match: {rules: [${range(1, 2)}, ${range(80, 90)}]}}`)).toBe(false)
  expect(disabled(`{and_match: {rules: [${range(80, 88)}, ${range(80, 90)}]}}`)).toBe(true)
  const { listenerFilters } = configOf(`listener_filters: [${filter(`, filter_disabled: ${range(1, 2)}`)}]`)
  expect(listenerFilters[0]?.isDisabled?.(new SocketInfo(pipeAddress('/run/x', 0), PEER))).toBe(true)
})

test('listener filters: those that come from elsewhere come from files', () => {
  const discovery = '{config_source: {ads: {}}, type_urls: [x]}'
  expect(parse(`listener_filters: [{name: f, config_discovery: ${discovery}}]`)).toEqual([
    expect.stringContaining('no listener factory found for a required type URL x.'),
    expect.stringContaining('ConfigSource.ads is not supported by Nuncio yet'),
  ])
})
