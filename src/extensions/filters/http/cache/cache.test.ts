import { describe, expect, test } from 'bun:test'
import type { AsyncClient, AsyncStreamCallbacks } from '../../../../api/async-client.ts'
import type { Extension } from '../../../../api/extension.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HttpCache } from '../../../../api/http-cache.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { newTrailers } from '../../../../codec/headers/trailers.ts'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import type { CacheClients } from './cache-clients.ts'
import { CacheFilter } from './cache-filter.ts'
import type { CacheConfig } from './config.ts'
import { extension } from './extension.ts'
import { responseOf } from './flat-headers.ts'
import { VariedCache } from './varied-cache.ts'

/** Stands for any store. */
const store: Extension<undefined, 'envoy.http.cache'> = {
  category: 'envoy.http.cache',
  name: 'envoy.extensions.http.cache.simple',
  typeNames: ['envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: () => undefined,
  create: () => new MapCache(),
}

class MapCache implements HttpCache {
  readonly maxBodyBytes = 100
  readonly entries = new Map<string, { head: Parameters<HttpCache['put']>[1]; body: Uint8Array }>()

  get(key: string): ReturnType<HttpCache['get']> {
    const found = this.entries.get(key)
    return found && { head: { ...found.head, bodyLength: found.body.length }, body: found.body }
  }

  put(...[key, head, body]: Parameters<HttpCache['put']>): void {
    this.entries.set(key, { head, body: Uint8Array.from(body?.linearize() ?? []) })
  }

  replaceHead(...[key, head]: Parameters<HttpCache['replaceHead']>): void {
    this.put(key, head, undefined)
  }
}

const SIMPLE =
  'typed_config: {"@type": type.googleapis.com/envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig}'
const FILES =
  'typed_config: {"@type": type.googleapis.com/envoy.extensions.http.cache.file_system_http_cache.v3.FileSystemHttpCacheConfig, ' +
  'manager_config: {thread_pool: {}}, cache_path: /tmp}'

httpFilterConformance(extension, {
  good: [
    SIMPLE,
    'disabled: true',
    `{disabled: true, ${SIMPLE}, max_body_bytes: 3, key_creator_params: {exclude_host: true}}`,
    `{${SIMPLE}, allowed_vary_headers: [{exact: a}]}`,
  ],
  bad: [
    ['{}', 'at least one of typed_config or disabled must be set'],
    [`{${SIMPLE}, key_creator_params: {exclude_host: true}}`, 'key_creator_params'],
    [FILES, 'FileSystemHttpCacheConfig'],
  ],
  extensions: [store],
  transparent: 'disabled: true',
})

const ALLOWED = [(name: string) => name.startsWith('x-')]

/** The filter between a client and an upstream that the test plays. */
class Played {
  readonly asked: RequestHeaders[] = []
  readonly resets: number[] = []
  readonly store = new MapCache()
  readonly cache = new VariedCache(this.store, ALLOWED)
  upstream!: AsyncStreamCallbacks
  readonly harness: FilterHarness<CacheConfig>

  constructor(routes?: string) {
    const client = {
      start: (callbacks: AsyncStreamCallbacks) => {
        this.upstream = callbacks
        const number = this.asked.length
        return {
          sendHeaders: (headers: RequestHeaders) => this.asked.push(headers),
          reset: () => this.resets.push(number),
        }
      },
    } as unknown as AsyncClient
    const clients = { of: (name: string) => (name === 'app' ? client : undefined) } as CacheClients
    const shared = { cache: this.cache, clients, allowedVaryHeaders: ALLOWED, ignoreRequestCacheControl: false }
    this.harness = new FilterHarness(
      { ...extension, create: () => (chain) => chain.addDecoderFilter(new CacheFilter(shared)) },
      { config: 'disabled: true', ...(routes === undefined ? {} : { routes }) },
    )
  }

  send(line: string, fields: readonly string[] = []): this {
    this.harness.send(line, fields)
    this.harness.advance(0)
    return this
  }

  respond(status: number, fields: readonly string[], body = ''): this {
    this.upstream.onHeaders(responseOf(status, [...FRESH, ...fields]), body === '')
    if (body !== '') this.upstream.onData(bytes(body), true)
    return this
  }

  get reply() {
    return this.harness.reply()
  }
}

const FRESH = ['cache-control', 'max-age=100', 'date', new Date(new SimulatedDispatcher().wallNow).toUTCString()]

function bytes(text: string): ByteQueue {
  const queue = new ByteQueue()
  queue.push(Buffer.from(text))
  return queue
}

describe('cache', () => {
  test('the first response answers the second request, with its age', () => {
    const played = new Played().send('GET /a')
    expect(played.asked.length).toBe(1)
    played.respond(200, ['etag', '"1"'], 'hello')
    expect(played.reply).toMatchObject({ status: 200, body: 'hello' })
    played.send('GET /a')
    expect(played.reply).toMatchObject({ status: 200, body: 'hello' })
    expect(played.asked.length).toBe(1)
    expect(played.harness.logged.map(({ flags, details }) => [flags, details])).toEqual([
      ['-', 'via_upstream'],
      ['RFCF', 'cache.response_from_cache_filter'],
    ])
  })

  test('a part of a body ends the response', () => {
    const played = new Played().send('GET /a').respond(200, [], 'hello')
    expect(played.reply.body).toBe('hello')
    played.send('GET /a', ['range: bytes=1-3'])
    expect(played.reply).toMatchObject({ status: 206, body: 'ell' })
    expect(played.harness.logged.length).toBe(2)
  })

  test('responses that vary are told apart by the headers that they name', () => {
    const played = new Played()
    for (const value of ['1', '2']) {
      played.send('GET /a', [`x-kind: ${value}`]).respond(200, ['vary', 'x-kind'], `kind ${value}`)
      expect(played.reply.body).toBe(`kind ${value}`)
    }
    for (const value of ['1', '2']) {
      played.send('GET /a', [`x-kind: ${value}`])
      expect(played.reply.body).toBe(`kind ${value}`)
    }
    expect(played.asked.length).toBe(2)
    played.send('GET /a', ['x-kind: 3'])
    expect(played.asked.length).toBe(3)
  })

  test('trailers are stored as well', () => {
    const played = new Played().send('GET /a')
    played.upstream.onHeaders(responseOf(200, FRESH), false)
    played.upstream.onData(bytes('hello'), false)
    const trailers = newTrailers()
    trailers.add('x-end', '1')
    played.upstream.onTrailers(trailers)
    expect(played.reply.body).toBe('hello')
    played.send('GET /a')
    expect(played.harness.written()).toContain('0\r\nx-end: 1\r\n')
  })

  test('a response goes on to be stored when the client goes, any other request ends with it', () => {
    const played = new Played().send('GET /a')
    played.upstream.onHeaders(responseOf(200, FRESH), false)
    played.harness.disconnect()
    expect(played.resets).toEqual([])
    played.upstream.onData(bytes('hello'), true)
    expect(played.store.entries.size).toBe(1)
    const other = new Played().send('GET /a')
    other.harness.disconnect()
    expect(other.resets).toEqual([0])
    const uncacheable = new Played().send('GET /a')
    uncacheable.upstream.onHeaders(responseOf(500, FRESH), false)
    uncacheable.harness.disconnect()
    expect(uncacheable.resets).toEqual([0])
  })

  test('a body that is too large is passed on and not kept, and not fetched for nobody', () => {
    const played = new Played().send('GET /a').respond(200, [], 'x'.repeat(101))
    expect(played.reply.body.length).toBe(101)
    expect(played.store.entries.size).toBe(0)
    played.send('GET /a')
    played.upstream.onHeaders(responseOf(200, FRESH), false)
    played.harness.disconnect()
    played.upstream.onData(bytes('x'.repeat(101)), false)
    expect(played.resets).toEqual([1])
  })

  test('bodies that come together have one room', () => {
    const played = new Played().send('GET /a')
    const first = played.upstream
    first.onHeaders(responseOf(200, FRESH), false)
    first.onData(bytes('x'.repeat(60)), false)
    played.harness.disconnect()
    expect(played.cache.reserve(41)).toBeFalse()
    first.onData(bytes('x'.repeat(40)), true)
    expect(played.store.entries.size).toBe(1)
    expect(played.cache.reserve(100)).toBeTrue()
  })

  test('an upstream that gives up', () => {
    const played = new Played().send('GET /a')
    played.upstream.onReset()
    expect(played.reply).toMatchObject({ status: 503, body: '' })
    played.send('GET /b')
    played.upstream.onHeaders(responseOf(200, FRESH), false)
    played.upstream.onReset()
    expect(played.harness.logged.map(({ code, details }) => [code, details])).toEqual([
      [503, 'cache_upstream_reset'],
      [200, 'cache_upstream_reset'],
    ])
    expect(played.store.entries.size).toBe(0)
  })

  test('a route to a cluster that there is not, and none', () => {
    const played = new Played('{match: {prefix: /gone}, route: {cluster: gone}}').send('GET /gone').send('GET /a')
    expect(played.harness.logged.map(({ code, flags, details }) => [code, flags, details])).toEqual([
      [503, '-', 'cache_no_cluster'],
      [404, '-', 'cache_no_route'],
    ])
  })
})
