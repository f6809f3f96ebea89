import { expect, test } from 'bun:test'
import type { Message } from '../api/config.ts'
import type { Extension, ParseContext } from '../api/extension.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import { createParseContext } from './parse-context.ts'
import { parseMessage } from './parse-message.ts'
import { trackingReader } from './reader/create-tracking-reader.ts'

const buffer: Extension<number, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.buffer',
  typeNames: ['envoy.extensions.filters.http.buffer.v3.Buffer'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  perRoute: {
    typeName: 'envoy.extensions.filters.http.buffer.v3.BufferPerRoute',
    parse: (reader) => reader.bool('disabled', false),
  },
  parse: (reader) => reader.number('max_request_bytes', 0),
  create: () => () => undefined,
}

const cors: typeof buffer = {
  ...buffer,
  name: 'envoy.filters.http.cors',
  typeNames: ['envoy.extensions.filters.http.cors.v3.Cors'],
  perRoute: {
    typeName: 'envoy.extensions.filters.http.cors.v3.CorsPolicy',
    parse: (reader) => reader.optionalBool('allow_credentials') === undefined,
  },
}

const registry = new ExtensionRegistry([buffer, cors])
const context = createParseContext(registry, {
  clusterNames: undefined,
  accessLogFiles: { open: () => ({ error: 'no files here' }) },
})

const HTTP_FILTER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter'

function read<T>(
  type: string,
  yaml: string,
  use: (reader: ReturnType<typeof trackingReader>['reader'], context: ParseContext) => T,
) {
  const parsed = parseMessage(type, yaml)
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join())
  const message: Message = parsed.value
  const tracked = trackingReader(type, message)
  const value = use(tracked.reader, context)
  return {
    value,
    findings: tracked.end().map((error) => `${error.severity} ${error.id} ${error.path}: ${error.message}`),
  }
}

function filter(yaml: string) {
  return read(HTTP_FILTER, yaml, (reader, parse) => parse.namedExtension(reader, 'envoy.filters.http'))
}

test('a filter is found by the type of its configuration', () => {
  const { value, findings } = filter(
    '{name: b, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 5}}',
  )
  expect(findings).toEqual([])
  expect(value).toMatchObject({ name: 'b', config: 5, extension: { name: 'envoy.filters.http.buffer' } })
})

test('a TypedStruct stands for the type it names', () => {
  for (const wrapper of ['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct']) {
    const { value, findings } = filter(
      `{name: b, typed_config: {"@type": type.googleapis.com/${wrapper}, type_url: type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, value: {max_request_bytes: 5}}}`,
    )
    expect(findings).toEqual([])
    expect(value?.config).toBe(5)
  }
})

test('the value of a TypedStruct is of the type that stands beside it', () => {
  const url = 'type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer'
  const inner = `{"@type": ${url}, max_request_bytes: 5}`
  const yaml = `{name: b, typed_config: {"@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: ${url}, value: ${inner}}}`
  const parsed = parseMessage(HTTP_FILTER, yaml)
  expect(parsed.ok ? [] : parsed.errors.map((error) => error.message)).toEqual(['unknown field "@type" in Buffer'])
})

test('what Envoy has and Nuncio has not is unsupported, and optional filters are left out', () => {
  const lua = '"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, inline_code: x'
  expect(filter(`{name: l, typed_config: {${lua}}}`).findings).toEqual([
    'error NU123 typed_config: l (envoy.extensions.filters.http.lua.v3.Lua) is not supported by Nuncio yet',
  ])
  const optional = filter(`{name: l, is_optional: true, typed_config: {${lua}}}`)
  expect(optional.value).toBeUndefined()
  expect(optional.findings).toEqual([
    'warning NU123 typed_config: l (envoy.extensions.filters.http.lua.v3.Lua) is not supported by Nuncio yet; it is optional and left out',
  ])
})

test('what no extension of the category is gets Envoy’s words', () => {
  const tcp =
    '"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: x, cluster: c'
  expect(filter(`{name: t, typed_config: {${tcp}}}`).findings).toEqual([
    "error NU124 typed_config: Didn't find a registered implementation for 't' with type URL: 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'",
  ])
  expect(filter('{name: envoy.filters.http.buffer}').findings).toEqual([
    "error NU124 : Didn't find a registered implementation for 'envoy.filters.http.buffer' with type URL: ''",
  ])
  expect(filter('{name: envoy.filters.http.buffer, typed_config: {}}').findings).toEqual([
    "error NU124 : Didn't find a registered implementation for 'envoy.filters.http.buffer' with type URL: ''",
  ])
  const unknown = '"@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: type.googleapis.com/a.Strange'
  expect(filter(`{name: t, typed_config: {${unknown}}}`).findings).toEqual([
    "error NU124 typed_config: Didn't find a registered implementation for 't' with type URL: 'a.Strange'",
  ])
})

test('--disable-extensions makes an extension unknown', () => {
  const reduced = new ExtensionRegistry([buffer], ['envoy.filters.http/envoy.filters.http.buffer'])
  expect(reduced.byType('envoy.filters.http', 'envoy.extensions.filters.http.buffer.v3.Buffer')).toBeUndefined()
  expect(reduced.all()).toEqual([])
})

function perRoute(yaml: string) {
  const { value, findings } = read(
    'envoy.config.route.v3.VirtualHost',
    `{name: v, domains: ["*"], typed_per_filter_config: {b: ${yaml}}}`,
    (reader, parse) => {
      reader.ignore('name', 'test')
      reader.ignore('domains', 'test')
      return reader.map('typed_per_filter_config', (entry, name) => parse.perRouteConfig(entry, name)).get('b')
    },
  )
  return findings.length > 0 ? findings : value
}

test('per-route configuration: the message itself, or FilterConfig around it', () => {
  const own = '"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: true'
  const wrapper = '"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig'
  expect(perRoute(`{${own}}`)).toEqual({ config: true, disabled: false })
  expect(perRoute(`{${wrapper}, config: {${own}}}`)).toEqual({ config: true, disabled: false })
  expect(perRoute(`{${wrapper}, disabled: true}`)).toEqual({ config: undefined, disabled: true })
  expect(perRoute(`{${wrapper}, config: {}}`)).toEqual({ config: undefined, disabled: false })
  expect(perRoute(`{${wrapper}}`)).toEqual([
    'error NU125 typed_per_filter_config["b"].<any>: Empty route/virtual host per filter configuration for b filter',
  ])
  const filters = '"@type": type.googleapis.com/envoy.extensions.filters.http'
  expect(perRoute(`{${filters}.cors.v3.Cors}`)).toEqual({ config: true, disabled: false })
  expect(perRoute(`{${filters}.buffer.v3.Buffer, max_request_bytes: 1}`)).toEqual([
    'error NU125 typed_per_filter_config["b"].<any>: Unable to unpack as envoy.extensions.filters.http.buffer.v3.BufferPerRoute: [type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer]',
  ])
  expect(
    perRoute('{"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute, disabled: true}'),
  ).toEqual([
    'error NU123 typed_per_filter_config["b"].<any>: b (envoy.extensions.filters.http.lua.v3.LuaPerRoute) is not supported by Nuncio yet',
  ])
})
