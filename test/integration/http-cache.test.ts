/* The cache filter with several workers: one store for all, with a bound. */
import { expect, test } from 'bun:test'
import { scriptedBackend } from '../differential/support/scripted-backend.ts'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { rawClient } from '../support/raw-client.ts'
import type { WholeProxy } from '../support/whole-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const TYPES = 'type.googleapis.com/envoy.extensions'
const FRESH = `fields=cache-control: max-age=1000|date: ${new Date().toUTCString()}`

function start(port: number, bootstrap: object = {}): Promise<WholeProxy> {
  const filters = [
    {
      name: 'envoy.filters.http.cache',
      typed_config: {
        '@type': `${TYPES}.filters.http.cache.v3.CacheConfig`,
        typed_config: { '@type': `${TYPES}.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig` },
        allowed_vary_headers: [{ exact: 'accept-language' }],
      },
    },
    { name: 'envoy.filters.http.router', typed_config: { '@type': `${TYPES}.filters.http.router.v3.Router` } },
  ]
  const resources = {
    listeners: [httpListener('front', { routes: [routeTo('app')], extra: { http_filters: filters } })],
    clusters: [staticCluster('app', [port])],
  }
  return startWholeProxy(resources, { flags: ['--concurrency', '3'], bootstrap })
}

/** On a connection of its own, which any worker may get. */
async function get(proxy: WholeProxy, path: string, order: string, ...fields: readonly string[]): Promise<string> {
  using client = await rawClient(proxy.port('front'))
  const lines = ['host: a.test', 'connection: close', `x-do: ${order}`, ...fields].map((line) => `${line}\r\n`)
  client.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  await client.closed()
  return client.received().split('\r\n\r\n')[1] ?? ''
}

test('what one worker stores all of them give', async () => {
  await using backend = await scriptedBackend('app')
  await using proxy = await start(backend.port)
  expect(await get(proxy, '/a', `body=first;${FRESH}`)).toBe('first')
  for (let i = 0; i < 20; i++) expect(await get(proxy, '/a', `body=${i}`)).toBe('first')
  expect(backend.seen.length).toBe(1)
  expect(await get(proxy, '/a', `body=second;${FRESH}`, 'cache-control: no-cache')).toBe('second')
  for (let i = 0; i < 20; i++) expect(await get(proxy, '/a', `body=${i}`)).toBe('second')
  expect(backend.seen.length).toBe(2)
})

test('one entry for each of what a response varies by', async () => {
  await using backend = await scriptedBackend('app')
  await using proxy = await start(backend.port)
  for (const language of ['de', 'en', 'de', 'en', 'de', 'en']) {
    const order = `body=${language};${FRESH}|vary: accept-language`
    expect(await get(proxy, '/a', order, `accept-language: ${language}`)).toBe(language)
  }
  expect(backend.seen.length).toBe(2)
})

test('what there is no room for is asked for again', async () => {
  await using backend = await scriptedBackend('app')
  const layered_runtime = {
    layers: [{ name: 'static', static_layer: { 'nuncio.simple_http_cache.max_bytes': 100_000 } }],
  }
  await using proxy = await start(backend.port, { layered_runtime })
  const body = 'x'.repeat(20_000)
  for (let i = 0; i < 10; i++) await get(proxy, `/${i}`, `body=${body};${FRESH}`)
  expect(await get(proxy, '/9', 'body=again')).toBe(body)
  expect(await get(proxy, '/0', 'body=again')).toBe('again')
  expect((await get(proxy, '/large', `body=${'y'.repeat(60_000)};${FRESH}`)).length).toBe(60_000)
  expect(await get(proxy, '/large', 'body=again')).toBe('again')
})
