/** Route tables of tests, from YAML. */
import type { ConfigError } from '../../src/api/config.ts'
import type { ParseContext } from '../../src/api/extension.ts'
import type { RequestHeaders } from '../../src/api/headers.ts'
import type { Route, RouteConfig } from '../../src/api/route.ts'
import type { Runtime } from '../../src/api/runtime.ts'
import type { Scope } from '../../src/api/stats.ts'
import type { StreamInfo } from '../../src/api/stream-info.ts'
import { newRequestHeaders } from '../../src/codec/headers/request-headers.ts'
import { createParseContext } from '../../src/config/parse-context.ts'
import { parseMessage } from '../../src/config/parse-message.ts'
import { parseRoot } from '../../src/config/parse-root.ts'
import { StreamRecord } from '../../src/network/stream-info.ts'
import { ExtensionRegistry } from '../../src/registry/extension-registry.ts'
import { runtimeFromValues } from '../../src/runtime/runtime-from-values.ts'
import { parseRouteConfiguration } from '../../src/router/route-config.ts'

const TYPE = 'envoy.config.route.v3.RouteConfiguration'
const CLIENT = { kind: 'ip', family: 4, ip: '127.0.0.1', port: 4000, text: '127.0.0.1:4000' } as const

export interface TableOptions {
  readonly clusters?: readonly string[]
  readonly runtime?: Readonly<Record<string, unknown>>
  readonly scope?: Scope
}

export function testContext(clusters?: readonly string[]): ParseContext {
  return createParseContext(new ExtensionRegistry([]), {
    clusterNames: clusters === undefined ? undefined : new Set(clusters),
    accessLogFiles: { open: () => ({ error: 'no files in tests' }) },
  })
}

/** The table, or what is wrong with it. */
export function tryTable(yaml: string, options: TableOptions = {}): RouteConfig | readonly ConfigError[] {
  const message = parseMessage(TYPE, yaml)
  if (!message.ok) return message.errors
  const context = testContext(options.clusters)
  const parsed = parseRoot(TYPE, message.value, {}, (reader) => parseRouteConfiguration(reader, context))
  return parsed.ok ? parsed.value.bind(testRuntime(options.runtime), options.scope) : parsed.errors
}

export function table(yaml: string, options: TableOptions = {}): RouteConfig {
  const made = tryTable(yaml, options)
  if ('route' in made) return made
  throw new Error(made.map((error) => `${error.path}: ${error.message}`).join('\n'))
}

/** One virtual host for everything with these routes. */
export function routes(list: string, options: TableOptions = {}): RouteConfig {
  return table(`{name: r, virtual_hosts: [{name: v, domains: ["*"], routes: [${list}]}]}`, options)
}

export function errorsOf(yaml: string, options: TableOptions = {}): readonly string[] {
  const made = tryTable(yaml, options)
  return 'route' in made ? [] : made.map((error) => error.message)
}

export function testRuntime(values: Readonly<Record<string, unknown>> = {}): Runtime {
  return { current: runtimeFromValues(JSON.stringify(values)) }
}

export function testStreamInfo(): StreamInfo {
  const connection = {
    localAddress: CLIENT,
    remoteAddress: CLIENT,
    directRemoteAddress: CLIENT,
    requestedServerName: '',
    detectedTransportProtocol: 'raw_buffer',
    requestedApplicationProtocols: [],
    nextProtocol: '',
  }
  return new StreamRecord(0, 0, connection, 1, undefined, undefined)
}

/** `GET host/path`, `host/path` or `/path`, then headers as `name: value`. */
export function request(line: string, ...fields: readonly string[]): RequestHeaders {
  const parts = line.split(' ')
  const target = parts.at(-1)!
  const slash = target.indexOf('/')
  const headers = newRequestHeaders(parts.length > 1 ? parts[0]! : 'GET', target.slice(slash), target.slice(0, slash))
  headers.scheme = 'http'
  headers.set('x-forwarded-proto', 'http')
  for (const field of fields) {
    const colon = field.indexOf(':', 1)
    headers.add(field.slice(0, colon), field.slice(colon + 1).trim())
  }
  return headers
}

export function route(config: RouteConfig, headers: RequestHeaders, random = 0): Route | undefined {
  return config.route(headers, testStreamInfo(), random)
}

/** The cluster, the body of a direct response, or the Location of a redirect; undefined for 404. */
export function answer(config: RouteConfig, headers: RequestHeaders, random = 0): string | undefined {
  const found = route(config, headers, random)
  if (found?.entry !== undefined) return found.entry.clusterName
  return found?.directResponse?.newUri(headers, testStreamInfo()) ?? found?.directResponse?.body
}
