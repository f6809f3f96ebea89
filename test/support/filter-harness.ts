/*
 * One HTTP filter between a client and an upstream that the test plays, inside of a real connection manager with real
 * routes and simulated time: give the filter its configuration, feed it a request, look at what came out.
 *
 *     const filter = new FilterHarness(extension, { config: 'max_request_bytes: 4' })
 *     filter.send('POST /a', [], 'too long')
 *     expect(filter.reply()).toMatchObject({ status: 413 })
 */
import type { ConfigError } from '../../src/api/config.ts'
import type { Extension, FactoryContext, ParseContext } from '../../src/api/extension.ts'
import type { DecoderCallbacks, HttpFilterFactory } from '../../src/api/http.ts'
import type { RouteConfig } from '../../src/api/route.ts'
import type { Runtime } from '../../src/api/runtime.ts'
import { newResponseHeaders } from '../../src/codec/headers/response-headers.ts'
import { newTrailers } from '../../src/codec/headers/trailers.ts'
import { DEFAULT_HTTP1_SERVER_SETTINGS } from '../../src/codec/http1/settings.ts'
import { createParseContext } from '../../src/config/parse-context.ts'
import { parseMessage } from '../../src/config/parse-message.ts'
import { parseRoot } from '../../src/config/parse-root.ts'
import type { HttpFilterConfig } from '../../src/http/connection-manager-config.ts'
import type { ConnectionManagerSettings } from '../../src/http/connection-manager-settings.ts'
import type { SimulatedDispatcher } from '../../src/event/simulated-dispatcher.ts'
import type { LoggedStream, TerminalFilter } from '../../src/http/testing/manager-harness.ts'
import { ManagerHarness } from '../../src/http/testing/manager-harness.ts'
import { ExtensionRegistry } from '../../src/registry/extension-registry.ts'
import { parseRouteConfiguration } from '../../src/router/route-config.ts'
import type { HttpReply } from './http-reply.ts'
import { parseReplies } from './http-reply.ts'
import { bytes } from './router-harness.ts'
import { testRuntime } from './route-table.ts'

export type HttpFilterExtension<C> = Extension<C, 'envoy.filters.http'>

const ROUTES = 'envoy.config.route.v3.RouteConfiguration'
const ONE_ROUTE = '{match: {prefix: /}, route: {cluster: app}}'

export interface FilterSetup {
  /** YAML of the filter's own message. */
  readonly config?: string
  /** Routes of the only virtual host, as YAML list entries: `{match: …}, {match: …}`. Default: all to cluster `app`. */
  readonly routes?: string
  /** More fields of that virtual host, and of the table: `typed_per_filter_config: {…}`. */
  readonly virtualHost?: string
  readonly table?: string
  readonly runtime?: Readonly<Record<string, unknown>>
  /** In place of what the filter would get from the server. */
  readonly context?: Partial<FactoryContext>
  readonly settings?: Partial<ConnectionManagerSettings>
  /** `disabled: true` in http_filters. */
  readonly disabled?: boolean
  /** The name of the entry in http_filters, by which routes configure it. Default: the extension's. */
  readonly name?: string
  /** Other filters on the client's and on the upstream's side of it. */
  readonly before?: readonly HttpFilterFactory[]
  readonly behind?: readonly HttpFilterFactory[]
  /** Other extensions that the configuration names. */
  readonly extensions?: readonly Extension[]
  readonly bufferLimit?: number
  /** Around the filter's factory, for a test that wants to look into it. */
  readonly wrap?: (factory: HttpFilterFactory) => HttpFilterFactory
}

/** The parsed configuration of a filter, or what is wrong with it. What is set and not read is wrong. */
export function parseFilter<C>(
  extension: HttpFilterExtension<C>,
  yaml: string,
  others: readonly Extension[] = [],
): { readonly config: C } | { readonly errors: readonly ConfigError[] } {
  return parseAs(extension.typeNames[0]!, yaml, (reader) =>
    extension.parse(reader, contextWith([extension, ...others])),
  )
}

/** The same for what routes say about the filter. */
export function parsePerRoute<C>(
  extension: HttpFilterExtension<C>,
  yaml: string,
  others: readonly Extension[] = [],
): { readonly config: unknown } | { readonly errors: readonly ConfigError[] } {
  const { perRoute } = extension
  if (perRoute === undefined) throw new Error(`${extension.name} has no configuration per route`)
  return parseAs(perRoute.typeName, yaml, (reader) => perRoute.parse(reader, contextWith([extension, ...others])))
}

function parseAs<T>(
  type: string,
  yaml: string,
  parse: Parameters<typeof parseRoot<T>>[3],
): { readonly config: T } | { readonly errors: readonly ConfigError[] } {
  const message = parseMessage(type, yaml)
  if (!message.ok) return { errors: message.errors }
  const parsed = parseRoot(type, message.value, {}, parse)
  return parsed.ok ? { config: parsed.value } : { errors: parsed.errors }
}

function contextWith(extensions: readonly unknown[]): ParseContext {
  // An extension of any configuration is one of an unknown configuration to the registry.
  return createParseContext(new ExtensionRegistry(extensions as readonly Extension[]), {
    clusterNames: undefined,
    accessLogFiles: { open: () => ({ error: 'no files in tests' }) },
  })
}

export class FilterHarness<C> {
  readonly manager: ManagerHarness

  constructor(extension: HttpFilterExtension<C>, setup: FilterSetup = {}) {
    const runtime = testRuntime(setup.runtime)
    const filter = entryOf(extension, setup)
    const table = routeTable(extension, setup, runtime)
    this.manager = new ManagerHarness({
      context: { runtime, ...setup.context },
      settings: setup.settings ?? {},
      config: {
        codec: { ...DEFAULT_HTTP1_SERVER_SETTINGS, enableTrailers: true },
        createRoutes: () => ({ current: table }),
      },
      filters: [...(setup.before ?? []), filter, ...(setup.behind ?? [])],
    })
    if (setup.bufferLimit !== undefined) this.manager.connection.bufferLimit = setup.bufferLimit
  }

  // ---------------------------------------------------------------------------------------------------- the client

  /** `GET /path` or `GET host/path`; a body is sent whole. The turn of the event loop ends after it. */
  send(line: string, fields: readonly string[] = [], body?: string): this {
    return this.write(
      this.#head(line, body === undefined ? fields : [...fields, `content-length: ${body.length}`]) + (body ?? ''),
    )
  }

  /** The head of a request with a body that goes on; continue with `chunk` and `endChunks`. */
  sendOpen(line: string, fields: readonly string[] = []): this {
    return this.write(this.#head(line, [...fields, 'transfer-encoding: chunked']))
  }

  chunk(text: string): this {
    return this.write(`${text.length.toString(16)}\r\n${text}\r\n`)
  }

  endChunks(...trailers: readonly string[]): this {
    return this.write(`0\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`)
  }

  /** Raw bytes. */
  write(text: string): this {
    this.manager.connection.receive(text)
    return this
  }

  disconnect(): this {
    this.manager.connection.peerCloses()
    this.advance(0)
    return this
  }

  /** Everything written to the client since the last look, as text. */
  written(): string {
    this.advance(0)
    return this.manager.connection.take()
  }

  /** The one reply since the last look. A body is complete, or what came of it so far. */
  reply(): HttpReply {
    const replies = parseReplies(this.written())
    if (replies.length !== 1) throw new Error(`${replies.length} replies instead of one`)
    return replies[0]!
  }

  // -------------------------------------------------------------------------------------------------- the upstream

  /** What stands behind the filters; its `headers` are undefined until the newest request got there. */
  get upstream(): TerminalFilter {
    return this.manager.stream
  }

  /** The newest request got through the filter. */
  get reached(): boolean {
    const newest = this.manager.streams.at(-1)
    return (newest?.headers as unknown) !== undefined
  }

  /** Names and values of the request as the upstream got it, joined when repeated. */
  get forwarded(): Readonly<Record<string, string>> {
    const { headers } = this.upstream
    const fields: Record<string, string> = {
      ':method': headers.method,
      ':path': headers.path,
      ':authority': headers.authority ?? '',
    }
    headers.forEach((name, value) => (fields[name] = name in fields ? `${fields[name]}, ${value}` : value))
    return fields
  }

  get callbacks(): DecoderCallbacks {
    return this.upstream.callbacks
  }

  /** The upstream answers; a body comes whole. */
  respond(status: number, fields: readonly string[] = [], body?: string, trailers?: readonly string[]): this {
    this.respondOpen(status, fields, body === undefined && trailers === undefined)
    if (body !== undefined) this.respondData(body, trailers === undefined)
    if (trailers !== undefined) this.respondTrailers(trailers)
    return this
  }

  /** The head of a response that goes on. */
  respondOpen(status: number, fields: readonly string[] = [], end = false): this {
    const headers = newResponseHeaders(status)
    for (const field of fields) headers.add(...nameAndValue(field))
    // As the router does.
    this.callbacks.streamInfo.responseCode = status
    this.callbacks.encodeHeaders(headers, end, 'via_upstream')
    return this.advance(0)
  }

  respondData(text: string, end: boolean): this {
    this.callbacks.encodeData(bytes(text), end)
    return this.advance(0)
  }

  respondTrailers(lines: readonly string[]): this {
    const trailers = newTrailers()
    for (const line of lines) trailers.add(...nameAndValue(line))
    this.callbacks.encodeTrailers(trailers)
    return this.advance(0)
  }

  // -------------------------------------------------------------------------------------------- time and records

  get dispatcher(): SimulatedDispatcher {
    return this.manager.dispatcher
  }

  advance(ms: number): this {
    this.dispatcher.advance(ms)
    return this
  }

  /** Below `http.in.`; undefined when nobody asked for such a stat. */
  stat(name: string): number | undefined {
    return this.manager.scope.valueOf(`http.in.${name}`)
  }

  /** Access log records so far. */
  get logged(): readonly LoggedStream[] {
    return this.manager.logged
  }

  #head(line: string, fields: readonly string[]): string {
    const [method = 'GET', target = '/'] = line.split(' ')
    const slash = target.indexOf('/')
    const host = fields.some((field) => /^host:/i.test(field)) ? [] : [`host: ${target.slice(0, slash) || 'a.test'}`]
    return `${[`${method} ${target.slice(slash)} HTTP/1.1`, ...host, ...fields].join('\r\n')}\r\n\r\n`
  }
}

function nameAndValue(field: string): [string, string] {
  const colon = field.indexOf(':', 1)
  return [field.slice(0, colon), field.slice(colon + 1).trim()]
}

function entryOf<C>(extension: HttpFilterExtension<C>, setup: FilterSetup): HttpFilterConfig {
  const parsed = parseFilter(extension, setup.config ?? '{}', setup.extensions)
  if ('errors' in parsed) throw new Error(parsed.errors.map((error) => `${error.path}: ${error.message}`).join('\n'))
  const wrap = setup.wrap ?? ((factory: HttpFilterFactory) => factory)
  return {
    name: setup.name ?? extension.name,
    disabled: setup.disabled ?? false,
    create: (context) => wrap(extension.create(parsed.config, context)),
  }
}

function routeTable<C>(extension: HttpFilterExtension<C>, setup: FilterSetup, runtime: Runtime): RouteConfig {
  const { routes = ONE_ROUTE, virtualHost = '', table = '' } = setup
  const host = [`name: v`, `domains: ["*"]`, `routes: [${routes}]`, virtualHost]
    .filter((part) => part !== '')
    .join(', ')
  const yaml = `{${['name: r', `virtual_hosts: [{${host}}]`, table].filter((part) => part !== '').join(', ')}}`
  const message = parseMessage(ROUTES, yaml)
  if (!message.ok) throw new Error(message.errors.map((error) => `${error.path}: ${error.message}`).join('\n'))
  const context = contextWith([extension, ...(setup.extensions ?? [])])
  const parsed = parseRoot(ROUTES, message.value, {}, (reader) => parseRouteConfiguration(reader, context))
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => `${error.path}: ${error.message}`).join('\n'))
  return parsed.value.bind(runtime)
}
