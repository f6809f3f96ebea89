/* Hosts that requests name: what is looked up when, what clients are told, what counts, and what is shown of it. */
import { afterAll, beforeAll } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DnsServer } from '../support/dns-server.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const FILTERS = 'type.googleapis.com/envoy.extensions.filters.http'
const NAME = 'envoy.filters.http.dynamic_forward_proxy'
const CLUSTER = 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'
const CARES = 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig'

const dns = new DnsServer()
beforeAll(async () => dns.start())
afterAll(() => dns.close())

const cache = (name: string, more: object = {}) => ({
  name,
  dns_lookup_family: 'V4_ONLY',
  typed_dns_resolver_config: {
    name: 'envoy.network.dns_resolver.cares',
    typed_config: {
      '@type': CARES,
      resolvers: [{ socket_address: { address: '127.0.0.1', port_value: dns.port } }],
      dns_resolver_options: { no_default_search_domain: true },
    },
  },
  ...more,
})

const cluster = (name: string, dns_cache_config: object) => ({
  name,
  connect_timeout: '1s',
  lb_policy: 'CLUSTER_PROVIDED',
  cluster_type: {
    name: 'envoy.clusters.dynamic_forward_proxy',
    typed_config: { '@type': CLUSTER, dns_cache_config },
  },
})

const subClusters = (name: string) => ({
  name,
  connect_timeout: '1s',
  dns_lookup_family: 'V4_ONLY',
  typed_dns_resolver_config: cache('').typed_dns_resolver_config,
  lb_policy: 'CLUSTER_PROVIDED',
  cluster_type: {
    name: 'envoy.clusters.dynamic_forward_proxy',
    typed_config: { '@type': CLUSTER, sub_clusters_config: { lb_policy: 'ROUND_ROBIN', max_sub_clusters: 6 } },
  },
})

const SUB_FILTER = {
  name: NAME,
  typed_config: {
    '@type': `${FILTERS}.dynamic_forward_proxy.v3.FilterConfig`,
    sub_cluster_config: { cluster_init_timeout: '0.5s' },
  },
}

const filter = (dns_cache_config: object, more: object = {}) => ({
  name: NAME,
  typed_config: { '@type': `${FILTERS}.dynamic_forward_proxy.v3.FilterConfig`, dns_cache_config, ...more },
})

const setState = (values: Readonly<Record<string, string>>) => ({
  name: 'envoy.filters.http.set_filter_state',
  typed_config: {
    '@type': `${FILTERS}.set_filter_state.v3.Config`,
    on_request_headers: Object.entries(values).map(([object_key, format]) => ({
      object_key,
      format_string: { text_format_source: { inline_string: format } },
      skip_if_empty: true,
    })),
  },
})

const ROUTER = { name: 'envoy.filters.http.router', typed_config: { '@type': `${FILTERS}.router.v3.Router` } }
const perRoute = (fields: object) => ({
  typed_per_filter_config: { [NAME]: { '@type': `${FILTERS}.dynamic_forward_proxy.v3.PerRouteConfig`, ...fields } },
})

const PORT = setState({ 'envoy.upstream.dynamic_port': '%REQ(x-port)%' })
const BOTH = setState({
  'envoy.upstream.dynamic_host': '%REQ(x-host)%',
  'envoy.upstream.dynamic_port': '%REQ(x-port)%',
})

const listener = (name: string, clusterName: string, httpFilters: readonly object[], routes: readonly object[] = []) =>
  httpListener(name, {
    statPrefix: name,
    routes: [...routes, routeTo(clusterName)],
    extra: {
      http_filters: [...httpFilters, ROUTER],
      upgrade_configs: [{ upgrade_type: 'CONNECT' }],
      access_log: [fileLog(`${name}.log`, textFormat(`${OUTCOME} n=%UPSTREAM_HOST_NAME% a=%REQ(:AUTHORITY)%`))],
    },
  })

const TIGHT = { max_hosts: 2, dns_cache_circuit_breaker: { max_pending_requests: 1 } }
const DENIES = { resolved_address_filter: { ranges: [{ address_prefix: '127.0.0.1', prefix_len: 32 }] } }

differential('dynamic forward proxy', {
  backends: ['app'],
  bootstrap: () => ({
    static_resources: {
      listeners: [
        listener(
          'plain',
          'plain',
          [filter(cache('plain'))],
          [
            { ...routeTo('plain', '/literal'), ...perRoute({ host_rewrite_literal: 'c.test:1' }) },
            { ...routeTo('plain', '/header'), ...perRoute({ host_rewrite_header: 'X-Target' }) },
            routeTo('plain', '/auto', { auto_host_rewrite: true }),
            { match: { connect_matcher: {} }, route: { cluster: 'plain', upgrade_configs: [CONNECT] } },
          ],
        ),
        listener('state', 'plain', [BOTH, filter(cache('plain'), { allow_dynamic_host_from_filter_state: true })]),
        listener('port', 'plain', [PORT, filter(cache('plain'), { allow_dynamic_host_from_filter_state: true })]),
        listener('behind', 'plain', [BOTH, filter(cache('plain'))]),
        listener('alone', 'alone', []),
        listener('tight', 'tight', [filter(cache('tight', TIGHT))]),
        listener('denies', 'denies', [filter(cache('denies', DENIES))]),
        listener('other', 'plain', [filter(cache('unused'))]),
        listener('sub', 'sub', [SUB_FILTER]),
      ],
      clusters: [
        cluster('plain', cache('plain')),
        cluster('alone', cache('alone', { dns_query_timeout: '0.5s' })),
        cluster('tight', cache('tight', TIGHT)),
        cluster('denies', cache('denies', DENIES)),
        subClusters('sub'),
      ],
    },
  }),
  stats: /^(?:dns_cache|cluster\.(?:plain|alone|tight|denies|sub)|http\.(?:plain|alone|tight|state|denies)\.)/,
  volatile: /_ms$|_time$|bytes|rq_per_cx|backed_up|paused|dispatcher|tracing|cx_(?:active|destroy|idle|length)/,
  traffic: async (side) => {
    const port = portOf(side)
    const get = (name: string, front: string, host: string, path = '/', ...headers: readonly string[]) =>
      side.request(`${front}: ${name}`, front, `GET ${path}`, `host: ${host}`, 'connection: close', ...headers)
    await get('first', 'plain', `a.test:${port}`)
    await get('again', 'plain', `a.test:${port}`)
    await get('another case', 'plain', `A.test:${port}`)
    await get('late', 'plain', `slow.test:${port}`)
    await get('without a port', 'plain', 'a.test')
    await get('an address', 'plain', `127.0.0.1:${port}`)
    await get('an address of the other family', 'plain', `[::1]:${port}`)
    for (const name of ['nx.test', 'empty.test', 'fail.test', 'a..b', 'a.test:x', 'a.test:70000', '1.2.3']) {
      await get(name, 'plain', name)
      await get(`${name} again`, 'plain', name)
    }
    await get('two addresses', 'plain', `two.test:${port}`)
    await get('of the route', 'plain', 'a.test', '/literal')
    await get('of a header', 'plain', 'a.test', '/header', `x-target: d.test:${port}`, 'x-target: e.test')
    await get('without that header', 'plain', `a.test:${port}`, '/header')
    await get('by its own name', 'plain', `a.test:${port}`, '/auto')
    await side.send('no host', 'plain', 'GET / HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n', true)
    const post = `POST / HTTP/1.1\r\nhost: slow2.test:${port}\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello`
    await side.send('a body waits', 'plain', post, true)
    await side.send('tunnel', 'plain', `CONNECT a.test:${port} HTTP/1.1\r\nhost: a.test:${port}\r\n\r\n`)
    await get('filter state', 'state', 'x.test', '/', `x-host: b.test`, `x-port: ${port}`)
    await get('only a port', 'port', 'a.test', '/', `x-port: ${port}`)
    await get('that the cluster alone follows', 'behind', `a.test:${port}`, '/', `x-host: f.test`, `x-port: ${port}`)
    await get('first', 'alone', `a.test:${port}`)
    await get('late', 'alone', `slow.test:${port}`)
    await side.send('a body waits for the cluster', 'alone', post, true)
    await get('not there', 'alone', 'nx.test')
    await get('not there again', 'alone', 'nx.test')
    await get('no answer', 'alone', 'mute.test')
    await get('of another cache', 'other', `a.test:${port}`)
    await get('first', 'tight', `a.test:${port}`)
    const waiting = get('waits', 'tight', `slow.test:${port}`)
    await Bun.sleep(100)
    await get('too many', 'tight', `a.test:${port}`)
    await waiting
    await get('no room', 'tight', `b.test:${port}`)
    await get('still there', 'tight', `a.test:${port}`)
    await get('denied', 'denies', `a.test:${port}`)
    await get('one is left', 'denies', `two.test:${port}`)
    for (const name of ['one.test', 'nx.test', 'fail.test', '127.0.0.1', 'd.test']) {
      await get(`${name} at last`, 'sub', `${name}:${port}`)
      await get(`${name} again`, 'sub', `${name}:${port}`)
    }
    await get('too slow', 'sub', `mute.test:${port}`)
    await get('one too many', 'sub', `late.test:${port}`)
    side.note('stats of sub clusters', await subClusterStats(side, port))
    await side.noteAdmin('/clusters', (text) => hostsOf(text, port))
    for (const [front, lines] of [
      ['plain', 27],
      ['state', 1],
      ['port', 1],
      ['behind', 1],
      ['alone', 6],
      ['tight', 5],
      ['denies', 2],
      ['sub', 12],
    ] as const)
      await side.noteLog(`${front}.log`, lines, (line) => line.replaceAll(`:${port}`, ':<app>'))
  },
})

differential('dynamic forward proxy: hosts that are looked up again, and forgotten', {
  backends: ['app'],
  bootstrap: () => ({
    static_resources: {
      listeners: [listener('front', 'plain', [filter(cache('plain', SHORT))])],
      clusters: [cluster('plain', cache('plain', SHORT))],
    },
  }),
  stats: /^dns_cache|^cluster\.plain\.membership/,
  traffic: async (side) => {
    const port = portOf(side)
    // Each side has turns of its own.
    const host = `host: turns-1-${port}.test:${port}`
    await side.request('first', 'front', 'GET /', host, 'connection: close')
    await Bun.sleep(1500)
    await side.noteAdmin('/clusters', (text) => hostsOf(text, port))
    await side.request('later', 'front', 'GET /', host, 'connection: close')
    await Bun.sleep(4500)
    await side.noteAdmin('/clusters?later', (text) => hostsOf(text, port))
  },
})

const CONNECT = { upgrade_type: 'CONNECT', connect_config: {} }
const SHORT = { dns_min_refresh_rate: '1s', host_ttl: '2s' }

/** Their names have the port. */
async function subClusterStats(side: Side, port: number): Promise<readonly string[]> {
  const lines = (await side.proxy.admin('/stats?filter=^cluster.DFPCluster')).split('\n')
  const wanted = lines.filter((line) => !/_ms|_time|bytes|rq_per_cx|cx_(?:active|destroy|idle|length)|P0/.test(line))
  return wanted.map((line) => line.replaceAll(`_${port}.`, '_<app>.'))
}

/** Of the only backend. */
function portOf({ places }: Side): number {
  return [...places.ports].find(([, name]) => name === 'app')![0]
}

/** Addresses and names, in order: Envoy has none. */
function hostsOf(text: string, port: number): readonly string[] {
  const lines = text.split('\n').filter((line) => /::(?:hostname|health_flags|weight|cx_total|rq_total)::/.test(line))
  return lines.map((line) => line.replaceAll(`${port}`, '<app>')).sort()
}

const KEY_VALUE = 'type.googleapis.com/envoy.extensions.key_value.file_based.v3.FileBasedKeyValueStoreConfig'
const kept = (file: string, more: object = {}) => ({
  key_value_config: {
    config: {
      name: 'envoy.key_value.file_based',
      typed_config: { '@type': KEY_VALUE, filename: `{folder}/${file}`, ...more },
    },
  },
})
/** As a process before this one left them, the port by name. */
const LEFT: readonly (readonly [name: string, value: string])[] = [
  ['left.test:APP', '127.0.0.1:APP|60|1'],
  ['nx.test:APP', '127.0.0.1:APP|50|1\n127.0.0.2:APP|50|1'],
  ['broken.test:APP', '127.0.0.1|60|1'],
  ['behind.test:APP', '127.0.0.1:APP|60|1'],
]
const FEW = kept('few', { max_entries: 1 })
const SLOWLY = kept('slowly', { flush_interval: '60s' })
const BROKEN = kept('broken')
let appPort = 0
/** Without lengths and times, which tell when the machine was started in Envoy. */
const entries = (text: string) => text.replaceAll(/\|\d+(?:\n|$)|(?<=^|\n)\d+\n|(?<=\.test:\d{4,5})\d{2}\n/g, ' ')

differential('dynamic forward proxy: hosts that a process before has kept', {
  backends: ['app'],
  prepare: (folder) => {
    const withPort = (text: string) => text.replaceAll('APP', String(appPort))
    const stored = LEFT.map((entry) => entry.map(withPort))
      .map(([name = '', value = '']) => `${name.length}\n${name}${value.length}\n${value}`)
      .join('')
    for (const file of ['all', 'few', 'slowly']) writeFileSync(join(folder, file), stored)
    writeFileSync(join(folder, 'broken'), '3\nabc999\nx')
  },
  bootstrap: (port) => {
    appPort = port('app')
    const caches = { all: kept('all'), few: FEW, slowly: SLOWLY, broken: BROKEN }
    return {
      static_resources: {
        listeners: Object.entries(caches).map(([name, more]) => listener(name, name, [filter(cache(name, more))])),
        clusters: Object.entries(caches).map(([name, more]) => cluster(name, cache(name, more))),
      },
    }
  },
  stats: /^dns_cache\./,
  traffic: async (side) => {
    const port = portOf(side)
    const get = (front: string, host: string) =>
      side.request(`${front}: ${host.replace(/\d+$/, 'port')}`, front, 'GET /', `host: ${host}`, 'connection: close')
    for (const front of ['all', 'few', 'slowly', 'broken']) {
      for (const name of ['left', 'nx', 'broken', 'behind', 'a-70', 'two']) await get(front, `${name}.test:${port}`)
    }
    const noteFile = (file: string) => {
      const text = readFileSync(join(side.places.folder, file), 'utf8')
      side.note(`kept in ${file}`, entries(text).replaceAll(String(port), 'port'))
    }
    for (const file of ['all', 'few', 'slowly', 'broken']) noteFile(file)
  },
})
