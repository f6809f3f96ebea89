/* Hosts that clients name, over several workers: one lookup for all of them, and one cluster. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { clientHello, serverName } from '../support/client-hello.ts'
import { httpListener, routeTo } from '../support/configs.ts'
import { DnsServer } from '../support/dns-server.ts'
import { echoServer, rawClient, rawServer } from '../support/raw-client.ts'
import type { WholeProxy } from '../support/whole-proxy.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions'
const WORKERS = ['--concurrency', '3']

const dns = new DnsServer()
beforeAll(async () => dns.start())
afterAll(() => dns.close())

const resolver = () => ({
  name: 'envoy.network.dns_resolver.cares',
  typed_config: {
    '@type': `${EXTENSIONS}.network.dns_resolver.cares.v3.CaresDnsResolverConfig`,
    resolvers: [{ socket_address: { address: '127.0.0.1', port_value: dns.port } }],
    dns_resolver_options: { no_default_search_domain: true },
  },
})

const cache = (more: object = {}) => ({
  dns_cache_config: { name: 'c', dns_lookup_family: 'V4_ONLY', typed_dns_resolver_config: resolver(), ...more },
})

const cluster = (config: object, more: object = {}) => ({
  name: 'dfp',
  lb_policy: 'CLUSTER_PROVIDED',
  cluster_type: {
    name: 'envoy.clusters.dynamic_forward_proxy',
    typed_config: { '@type': `${EXTENSIONS}.clusters.dynamic_forward_proxy.v3.ClusterConfig`, ...config },
  },
  ...more,
})

function httpProxy(config: object): object {
  const filters = `${EXTENSIONS}.filters.http`
  return httpListener('front', {
    routes: [routeTo('dfp')],
    extra: {
      http_filters: [
        {
          name: 'envoy.filters.http.dynamic_forward_proxy',
          typed_config: { '@type': `${filters}.dynamic_forward_proxy.v3.FilterConfig`, ...config },
        },
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${filters}.router.v3.Router` } },
      ],
    },
  })
}

/** Status and body of what each of many connections gets, all at the same time. */
function askAll(proxy: WholeProxy, hosts: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    hosts.map(async (host) => {
      using client = await rawClient(proxy.port('front'))
      client.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
      await client.closed()
      return /^HTTP\/1.1 (\d+)/.exec(client.received())?.[1] ?? client.received()
    }),
  )
}

const repeated = (hosts: readonly string[], times: number) => Array.from({ length: times }, () => hosts).flat()

test('all workers wait for one lookup, and know its result', async () => {
  await using server = await echoServer()
  const config = cache({ preresolve_hostnames: [{ address: 'early.test', port_value: server.port }] })
  const resources = { listeners: [httpProxy(config)], clusters: [cluster(config)] }
  await using proxy = await startWholeProxy(resources, { flags: WORKERS })
  const hosts = ['slow1.test', 'slow2.test', 'slow3.test', 'early.test'].map((name) => `${name}:${server.port}`)
  dns.asked.length = 0
  const waiting = repeated(hosts, 12)
  expect(await askAll(proxy, waiting)).toEqual(waiting.map(() => '200'))
  expect(dns.asked.toSorted()).toEqual(['slow1.test', 'slow2.test', 'slow3.test'])
  expect(await askAll(proxy, repeated(hosts, 6))).toEqual(repeated(hosts, 6).map(() => '200'))
  expect(await askAll(proxy, repeated(['nx.test'], 6))).toEqual(Array(6).fill('503'))
  expect(dns.asked.filter((name) => name === 'nx.test')).toHaveLength(1)
  expect(await proxy.stat('dns_cache.c.num_hosts')).toBe(5)
  expect(await proxy.stat('dns_cache.c.circuit_breakers.rq_pending_remaining')).toBe(1024)
  expect(await proxy.stat('cluster.dfp.membership_total')).toBe(4)
  const shown = (await proxy.admin('/clusters')).split('\n').filter((line) => line.includes('::hostname::'))
  expect(shown.map((line) => line.replace(/^.*::/, '')).toSorted()).toEqual(hosts.toSorted())
  expect(await proxy.end()).toBe(0)
})

test('sub clusters are made once, and each worker that waits is told', async () => {
  await using server = await echoServer()
  const sub = { sub_clusters_config: { lb_policy: 'ROUND_ROBIN', max_sub_clusters: 2 } }
  const names = { dns_lookup_family: 'V4_ONLY', typed_dns_resolver_config: resolver() }
  const resources = {
    listeners: [httpProxy({ sub_cluster_config: {} })],
    clusters: [cluster(sub, names)],
  }
  await using proxy = await startWholeProxy(resources, { flags: WORKERS })
  const hosts = ['slow1.test', 'slow2.test'].map((name) => `${name}:${server.port}`)
  const waiting = repeated(hosts, 12)
  dns.asked.length = 0
  expect(await askAll(proxy, waiting)).toEqual(waiting.map(() => '200'))
  expect(dns.asked.toSorted()).toEqual(['slow1.test', 'slow2.test'])
  expect(await askAll(proxy, repeated([`third.test:${server.port}`], 6))).toEqual(Array(6).fill('503'))
  expect(await proxy.stat('cluster_manager.active_clusters')).toBe(3)
  expect(await proxy.end()).toBe(0)
})

function sniProxy(config: object, port: number): object {
  return {
    name: 'front',
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    listener_filters: [
      {
        name: 'envoy.filters.listener.tls_inspector',
        typed_config: { '@type': `${EXTENSIONS}.filters.listener.tls_inspector.v3.TlsInspector` },
      },
    ],
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.sni_dynamic_forward_proxy',
            typed_config: {
              '@type': `${EXTENSIONS}.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig`,
              port_value: port,
              ...config,
            },
          },
          {
            name: 'envoy.filters.network.tcp_proxy',
            typed_config: {
              '@type': `${EXTENSIONS}.filters.network.tcp_proxy.v3.TcpProxy`,
              stat_prefix: 'sni',
              cluster: 'dfp',
            },
          },
        ],
      },
    ],
  }
}

test('connections go where their TLS handshake says', async () => {
  await using server = await rawServer((socket, all) => void socket.end(`${all.length} bytes`))
  const config = cache({ max_hosts: 3 })
  const resources = { listeners: [sniProxy(config, server.port)], clusters: [cluster(config)] }
  await using proxy = await startWholeProxy(resources, { flags: WORKERS })
  const send = async (name: string): Promise<string> => {
    using client = await rawClient(proxy.port('front'))
    const hello = clientHello({ extensions: name === '' ? [] : [serverName(name)] })
    client.write(hello)
    await client.closed()
    return client.received().replace(`${hello.length} bytes`, 'all')
  }
  dns.asked.length = 0
  const slow = Array.from({ length: 8 }, () => send('slow.test'))
  expect(await Promise.all(slow)).toEqual(Array(8).fill('all'))
  expect([await send('a.test'), await send('nx.test'), await send('too-many.test'), await send('')]).toEqual([
    'all',
    '',
    '',
    '',
  ])
  expect(dns.asked).toEqual(['slow.test', 'a.test', 'nx.test'])
  expect(await proxy.stat('dns_cache.c.host_overflow')).toBe(1)
  expect(await proxy.end()).toBe(0)
})
