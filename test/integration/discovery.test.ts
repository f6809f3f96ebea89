/* Filters and scopes that come from files and change while several workers serve. */
import { expect, test } from 'bun:test'
import { direct, httpListener } from '../support/configs.ts'
import { eventually, fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
import { steadyLoad } from '../support/steady-load.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const T = 'type.googleapis.com/'
const MANAGER = `${T}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`
const HEADERS = `${T}envoy.extensions.filters.http.header_mutation.v3.HeaderMutation`
const ROUTER = { name: 'r', typed_config: { '@type': `${T}envoy.extensions.filters.http.router.v3.Router` } }
const ON_DEMAND = {
  name: 'od',
  typed_config: { '@type': `${T}envoy.extensions.filters.http.on_demand.v3.OnDemand` },
}

const filter = (value: string) => ({
  name: 'tag',
  typed_config: {
    '@type': HEADERS,
    mutations: { response_mutations: [{ append: { header: { key: 'x-tag', value } } }] },
  },
})
const discovered = (name: string, type: string) => ({
  name,
  config_discovery: { config_source: fileSource(`${name}.json`), type_urls: [type] },
})

test('filters change on every worker, and no request fails', async () => {
  const prepare = (folder: string): void => {
    writeResources(folder, 'tag.json', 'filter', [filter('0')])
    const manager = {
      '@type': MANAGER,
      stat_prefix: 'in',
      route_config: { name: 'r', virtual_hosts: [{ name: 'v', domains: ['*'], routes: [direct('/', 'ok')] }] },
      http_filters: [discovered('tag', HEADERS), ROUTER],
    }
    const resource = JSON.parse(JSON.stringify({ name: 'hcm', typed_config: manager }).replaceAll('{folder}', folder))
    writeResources(folder, 'hcm.json', 'filter', [resource as object])
  }
  const front = {
    name: 'front',
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    filter_chains: [{ filters: [discovered('hcm', MANAGER)] }],
  }
  await using proxy = await startWholeProxy(
    { listeners: [front] },
    { prepare, bootstrap: { node: NODE }, flags: ['--concurrency', '3'] },
  )
  const load = steadyLoad(proxy.port('front'), 3)
  for (let version = 1; version <= 5; version++) {
    writeResources(proxy.folder, 'tag.json', 'filter', [filter(String(version))], String(version))
    const stat = 'extension_config_discovery.http_filter.tag.config_reload'
    await eventually(`reload ${version}`, async () => (await proxy.stat(stat)) === version + 1)
    // Whichever worker takes them.
    for (let i = 0; i < 9; i++) {
      const reply = await fetch(`http://127.0.0.1:${proxy.port('front')}/`, { keepalive: false })
      expect(reply.headers.get('x-tag')).toBe(String(version))
    }
  }
  const { failures, bodies, unannounced, answered } = await load.stop()
  expect({ failures, bodies: [...bodies], unannounced }).toEqual({ failures: [], bodies: ['ok'], unannounced: 0 })
  expect(answered).toBeGreaterThan(20)
}, 60_000)

test('many requests of several workers wait for one table on demand', async () => {
  const scope = { name: 's', key: { fragments: [{ string_key: 'a' }] }, route_configuration_name: 'r', on_demand: true }
  const prepare = (folder: string): void => {
    writeResources(folder, 'scopes.json', 'scopes', [scope])
    writeResources(folder, 'routes.json', 'routes', [])
  }
  const extra = {
    route_config: undefined,
    http_filters: [ON_DEMAND, ROUTER],
    scoped_routes: {
      name: 'sc',
      scope_key_builder: { fragments: [{ header_value_extractor: { name: 'x-s', index: 0 } }] },
      rds_config_source: fileSource('routes.json'),
      scoped_rds: { scoped_rds_config_source: fileSource('scopes.json') },
    },
  }
  await using proxy = await startWholeProxy(
    { listeners: [httpListener('front', { extra })] },
    { prepare, bootstrap: { node: NODE }, flags: ['--concurrency', '3'] },
  )
  const url = `http://127.0.0.1:${proxy.port('front')}/`
  const ask = async (key: string): Promise<string> => {
    const reply = await fetch(url, { headers: { 'x-s': key }, keepalive: false })
    return reply.ok ? reply.text() : String(reply.status)
  }
  const replies = Promise.all(Array.from({ length: 20 }, async () => ask('a')))
  await eventually('they wait', async () => (await proxy.stat('http.ingress.downstream_rq_active')) === 20)
  expect(await ask('b')).toBe('404')
  const table = { name: 'r', virtual_hosts: [{ name: 'v', domains: ['*'], routes: [direct('/', 'came')] }] }
  writeResources(proxy.folder, 'routes.json', 'routes', [table], '2')
  expect(new Set(await replies)).toEqual(new Set(['came']))
  expect(await proxy.stat('http.ingress.rds.r.update_attempt')).toBe(2)
  // A scope that goes lets nobody wait.
  writeResources(proxy.folder, 'scopes.json', 'scopes', [], '2')
  await eventually('it is gone', async () => (await ask('a')) === '404')
  expect(await proxy.stat('http.ingress.rds.r.update_attempt')).toBeUndefined()
}, 60_000)
