import { describe, expect, test } from 'bun:test'
import type { DiscoveryRequest } from '../../api/discovery.ts'
import type { Extension } from '../../api/extension.ts'
import { ExtensionRegistry } from '../../registry/extension-registry.ts'
import { createParseContext } from '../parse-context.ts'
import { parseMessage } from '../parse-message.ts'
import { parseRoot } from '../parse-root.ts'
import { DynamicFilter } from './dynamic-filter.ts'
import { readFilterDiscovery } from './filter-discovery-config.ts'
import { FilterConfigs } from './filter-configs.ts'

const BUFFER = 'envoy.extensions.filters.http.buffer.v3.Buffer'
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router'
const GRPC_WEB = 'envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter'
const FILTER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'

function httpFilter(typeName: string, terminal: boolean): Extension {
  return {
    category: 'envoy.filters.http',
    name: typeName === BUFFER ? 'envoy.filters.http.buffer' : 'envoy.filters.http.router',
    typeNames: [typeName],
    status: 'stable',
    securityPosture: 'robust_to_untrusted_downstream',
    terminal,
    parse: (reader) => reader.keep()['max_request_bytes'],
    create: (config) => config,
  }
}

const REGISTRY = new ExtensionRegistry([httpFilter(BUFFER, false), httpFilter(ROUTER, true)])

function read(fields: string, last = false) {
  const requests: DiscoveryRequest[] = []
  const context = {
    ...createParseContext(REGISTRY, { clusterNames: undefined, accessLogFiles: undefined as never }),
    require: (request: DiscoveryRequest) => void requests.push(request),
  }
  const text = `{name: dyn, config_discovery: {config_source: {path_config_source: {path: /f}}, ${fields}}}`
  const message = parseMessage(FILTER, text)
  if (!message.ok) throw new Error(JSON.stringify(message.errors))
  const parsed = parseRoot(FILTER, message.value, {}, (reader) =>
    readFilterDiscovery(reader, { kind: 'http_filter', chain: 'http', last, checked: true }, context),
  )
  return parsed.ok
    ? { config: parsed.value, requests, errors: [] }
    : { config: undefined, requests, errors: parsed.errors.map(({ message: text }) => text) }
}

const types = (...names: readonly string[]): string =>
  `type_urls: [${names.map((name) => `type.googleapis.com/${name}`).join(', ')}]`
const byDefault = (type: string, fields = ''): string =>
  `default_config: {"@type": type.googleapis.com/${type}${fields}}`
const LIMITED = byDefault(BUFFER, ', max_request_bytes: 9')

describe('a filter that comes from elsewhere', () => {
  test('is asked for with what may come', () => {
    const { errors, requests } = read(types(BUFFER, ROUTER))
    expect(errors).toEqual([])
    expect(requests).toMatchObject([
      { kind: 'filter', name: 'dyn', typeNames: [BUFFER, ROUTER], warms: true, place: { last: false } },
    ])
    expect(read(`${types(BUFFER)}, ${LIMITED}, apply_default_config_without_warming: true`).requests).toMatchObject([
      { warms: false },
    ])
  })

  test.each([
    [types('foo.Bar'), 'Error: no factory found for a required type URL foo.Bar.'],
    [types(GRPC_WEB), `${GRPC_WEB} is not supported by Nuncio yet`],
    [
      `${types(BUFFER)}, apply_default_config_without_warming: true`,
      'Error: filter config dyn applied without warming but has no default config.',
    ],
    [`${types(ROUTER)}, ${LIMITED}`, `Error: filter config has type URL ${BUFFER} but expect ${ROUTER}.`],
    [
      `${types(ROUTER)}, ${byDefault(ROUTER)}`,
      'Error: terminal filter named dyn of type envoy.filters.http.router must be the last filter in a http filter chain.',
    ],
  ])('%s is wrong', (fields, message) => {
    expect(read(fields).errors).toEqual([message])
  })

  test('at the end of the chain has to end it', () => {
    expect(read(`${types(BUFFER)}, ${LIMITED}`, true).errors).toEqual([
      'Error: non-terminal filter named dyn of type envoy.filters.http.buffer is the last filter in a http filter chain.',
    ])
  })

  test('is its default until something comes that may stand there', () => {
    const { config } = read(`${types(BUFFER)}, ${LIMITED}`)
    const configs = new FilterConfigs()
    const context = { filterConfigs: (key: string) => configs.provider(key) } as never
    const filter = new DynamicFilter(config!, context)
    const made = (): unknown => filter.product
    expect(made()).toBe(9)
    const set = (typeName: string, product: string, terminal = false) =>
      configs.set(config!.key, {
        typeName,
        filter: { extension: httpFilter(typeName, terminal), config: product, name: 'dyn' },
      })
    set(ROUTER, 'router', true)
    expect(made()).toBe(9)
    set(BUFFER, 'came')
    expect(made()).toBe('came')
    expect(new DynamicFilter(config!, context).product as unknown).toBe('came')
  })
})
