/* Scopes of requests from a file (SRDS), with their tables in them, from another file (RDS), and on demand. */
import { mkdirSync } from 'node:fs'
import { direct, httpListener } from '../support/configs.ts'
import { eventually, fileSource, NODE, writeResources } from '../support/dynamic-files.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const ON_DEMAND = 'type.googleapis.com/envoy.extensions.filters.http.on_demand.v3.OnDemand'
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'

const table = (name: string, body: string, domains: readonly string[] = ['*']) => ({
  name,
  virtual_hosts: [{ name: 'v', domains, routes: [direct('/', body)] }],
})
const scope = (name: string, key: string, more: object) => ({
  name,
  key: { fragments: [{ string_key: key }] },
  ...more,
})
const inline = (name: string, key: string, body: string) =>
  scope(name, key, { route_configuration: table('own', body) })
const named = (name: string, key: string, route_configuration_name: string, more: object = {}) =>
  scope(name, key, { route_configuration_name, ...more })
const later = { on_demand: true }

const scoped = (name: string, scopes: string, routes: string, ...filters: readonly object[]) =>
  httpListener(name, {
    statPrefix: name,
    extra: {
      route_config: undefined,
      scoped_routes: {
        name: 'scopes',
        scope_key_builder: { fragments: [{ header_value_extractor: { name: 'x-s', index: 0 } }] },
        rds_config_source: fileSource(routes),
        scoped_rds: { scoped_rds_config_source: fileSource(scopes) },
      },
      http_filters: [...filters, { name: 'router', typed_config: { '@type': ROUTER } }],
      access_log: [fileLog('access.log', textFormat(OUTCOME))],
    },
  })
const onDemand = { name: 'od', typed_config: { '@type': ON_DEMAND } }

async function update(side: Side, listener: string, file: string, scopes: readonly object[], version: string) {
  const stat = `http.${listener}.scoped_rds.scopes.update_attempt`
  const attempts = (await side.proxy.stat(stat)) ?? 0
  writeResources(side.proxy.folder, file, 'scopes', scopes, version)
  await eventually(`${file} ${version}`, async () => ((await side.proxy.stat(stat)) ?? 0) > attempts)
  await Bun.sleep(150)
}

const ask = async (side: Side, listener: string, when: string, ...keys: readonly string[]) => {
  for (const key of keys) await side.request(`${listener} ${key} ${when}`, listener, 'GET /', `x-s: ${key}`)
}

/** What stands in the dumps, without times. */
async function dumps(side: Side, when: string, query = ''): Promise<void> {
  for (const resource of ['dynamic_scoped_route_configs', 'dynamic_route_configs', 'static_route_configs']) {
    const text = await side.proxy.admin(`/config_dump?resource=${resource}${query}`)
    const { configs = [] } = JSON.parse(text) as { configs?: Record<string, unknown>[] }
    // In Envoy in the order of a hash map.
    const sorted = configs
      .map(({ last_updated: _time, ...rest }) => rest)
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    side.note(`${resource} ${when}`, sorted)
  }
}

const keyOf = (value: unknown): string => JSON.stringify(value)

const STATS = /rds\.|no_route|scoped/
const VOLATILE = /time|\.version$|duration/

differential('scopes from a file', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    const scopes = [
      named('one', 'a', 'r'),
      inline('two', 'b', 'own'),
      named('three', 'c', 'r'),
      named('four', 'd', 'not'),
    ]
    writeResources(folder, 'scopes.json', 'scopes', scopes)
    writeResources(folder, 'more.json', 'scopes', [])
    writeResources(folder, 'routes.json', 'routes', [table('r', 'rds')])
  },
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [
        scoped('some', 'scopes.json', 'routes.json'),
        scoped('same', 'scopes.json', 'routes.json'),
        scoped('empty', 'more.json', 'routes.json'),
      ],
    },
  }),
  traffic: async (side) => {
    for (const name of ['some', 'same', 'empty']) await ask(side, name, 'first', 'a', 'b', 'c', 'd', 'z')
    await dumps(side, 'first')
    await dumps(side, 'of one', '&name_regex=one')
    const second = [named('one', 'q', 'r'), inline('two', 'b', 'other')]
    await update(side, 'some', 'scopes.json', second, '2')
    await ask(side, 'some', 'second', 'a', 'b', 'c', 'q')
    writeResources(side.proxy.folder, 'routes.json', 'routes', [table('r', 'rds two')], '2')
    const reloads = async () => ((await side.proxy.stat('http.some.rds.r.config_reload')) ?? 0) > 1
    await eventually('new routes', reloads)
    await ask(side, 'same', 'second', 'a', 'b', 'c', 'q')
    await update(side, 'some', 'scopes.json', [inline('x', 'a', 'x'), inline('x', 'b', 'x')], '3')
    await update(side, 'some', 'scopes.json', [inline('x', 'a', 'x'), inline('y', 'a', 'x')], '4')
    // Without what there was, Envoy would take the old scopes away though it refuses the update.
    await update(side, 'some', 'scopes.json', [...second, scope('x', 'a', {})], '5')
    await dumps(side, 'after some that were wrong')
    await update(side, 'some', 'scopes.json', [inline('y', 'b', 'taken over')], '6')
    await update(side, 'some', 'scopes.json', [inline('y', 'b', 'taken over')], '7')
    await ask(side, 'some', 'third', 'q', 'b')
    await dumps(side, 'in the end')
    await side.noteLog('access.log', 25)
  },
  stats: STATS,
  volatile: VOLATILE,
})

differential('scopes on demand', {
  prepare: (folder) => {
    mkdirSync(folder, { recursive: true })
    const scopes = [named('one', 'a', 'r', later), named('two', 'b', 'r', later), inline('three', 'c', 'own')]
    writeResources(folder, 'scopes.json', 'scopes', scopes)
    writeResources(folder, 'others.json', 'scopes', [named('one', 'a', 'r', later)])
    writeResources(folder, 'routes.json', 'routes', [table('r', 'rds')])
    writeResources(folder, 'none.json', 'routes', [])
  },
  bootstrap: () => ({
    node: NODE,
    static_resources: {
      listeners: [
        scoped('without', 'scopes.json', 'routes.json'),
        scoped('with', 'scopes.json', 'routes.json', onDemand),
        scoped('waits', 'others.json', 'none.json', onDemand),
        httpListener('plain', {
          routes: [direct('/known', 'known')],
          extra: { http_filters: [onDemand, { name: 'router', typed_config: { '@type': ROUTER } }] },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    await ask(side, 'without', 'first', 'a', 'c')
    await ask(side, 'with', 'first', 'z', 'c')
    await dumps(side, 'first')
    await ask(side, 'with', 'then', 'a', 'cc')
    await ask(side, 'without', 'then', 'a', 'b')
    await side.send('post', 'with', 'POST / HTTP/1.1\r\nhost: a\r\nx-s: b\r\ncontent-length: 3\r\n\r\nabc')
    await side.request('plain known', 'plain', 'GET /known')
    await side.request('plain unknown', 'plain', 'GET /unknown')
    await dumps(side, 'then')
    using client = await side.connect('waits')
    client.write('GET / HTTP/1.1\r\nhost: a\r\nx-s: a\r\nconnection: close\r\n\r\n')
    const attempts = async () => ((await side.proxy.stat('http.waits.rds.r.update_attempt')) ?? 0) > 0
    await eventually('an attempt', attempts)
    writeResources(side.proxy.folder, 'none.json', 'routes', [table('r', 'came')], '2')
    await client.closed()
    side.note('waited', client.received().split('\r\n\r\n')[1])
    await side.noteLog('access.log', 10)
  },
  stats: STATS,
  volatile: VOLATILE,
})
