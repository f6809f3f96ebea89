import { describe, expect, test } from 'bun:test'
import type { FilterStateObject } from '../../api/stream-info.ts'
import type { LoadBalancerContext, Pick } from '../../api/upstream.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { extension } from '../../extensions/clusters/dynamic_forward_proxy/extension.ts'
import { DnsCacheConfigs } from '../dns-cache/dns-cache-configs.ts'
import type { DnsResult } from '../dns/dns-resolver.ts'
import { ANY_HOST, clusterConfig, testClusters } from '../testing/test-clusters.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'
const NAME = 'envoy.clusters.dynamic_forward_proxy'

function forwardProxy(cache = '{name: c}', name = NAME, more = ''): string {
  const config = `{"@type": ${TYPE}, dns_cache_config: ${cache}}`
  return `{name: dfp, lb_policy: CLUSTER_PROVIDED, cluster_type: {name: ${name}, typed_config: ${config}}${more}}`
}

const NOTHING: DnsResult = { status: 'completed', addresses: [], alternates: [], detail: 'cares_norecords:not there' }

/** The cluster `dfp`, and a resolver that answers when the test says so. */
function started(yaml = forwardProxy()) {
  const caches = new DnsCacheConfigs()
  const config = clusterConfig(yaml, undefined, [extension], caches)
  const lookups: ((result: DnsResult) => void)[] = []
  const resolver = {
    resolve: (_name: string, _family: unknown, settle: (result: DnsResult) => void) => {
      lookups.push(settle)
      return { cancel: () => undefined }
    },
  }
  const clusters = testClusters([config], () => resolver, undefined, undefined, caches)
  clusters.manager.start()
  const chosen: string[] = []
  const note = (pick: Pick): string => {
    if (pick.kind === 'host') return `${pick.host.hostname} ${pick.host.address.text}`
    if (pick.kind === 'none') return pick.detail
    pick.whenChosen((later) => chosen.push(note(later)))
    return 'later'
  }
  return {
    ...clusters,
    chosen,
    choose: (context: LoadBalancerContext): string => note(clusters.worker.get('dfp')!.chooseHost(context)),
    answer: (...ips: readonly string[]) => {
      const addresses = ips.map((ip) => ({ ip, ttlS: 5 }))
      const found: DnsResult = { status: 'completed', addresses, alternates: [], detail: 'found' }
      lookups.shift()?.(ips.length === 0 ? NOTHING : found)
    },
  }
}

const asking = (authority: string, state: Readonly<Record<string, FilterStateObject>> = {}): LoadBalancerContext => ({
  ...ANY_HOST,
  requestHeaders: newRequestHeaders('GET', '/', authority),
  streamInfo: { filterState: { get: (name: string) => state[name] } } as never,
})

const text = (value: string): FilterStateObject => ({ serializeAsString: () => value, serializeAsJson: () => value })
const number = (value: number): FilterStateObject => ({ serializeAsString: () => '', serializeAsJson: () => value })

describe('dynamic forward proxy cluster', () => {
  test('a host that nobody asked for yet is looked up, and the choice waits', () => {
    const { choose, answer, chosen, stat } = started()
    expect([choose(asking('a.test')), choose(asking('a.test:80')), choose(asking('a.test:81'))]).toEqual(
      Array(3).fill('later'),
    )
    answer('192.0.2.1')
    answer('192.0.2.1')
    const [first, second] = ['a.test:80 192.0.2.1:80', 'a.test:81 192.0.2.1:81'] as const
    expect(chosen).toEqual([first, first, second])
    expect(choose(asking('a.test'))).toBe(first)
    expect([stat('cluster.dfp.membership_total'), stat('cluster.dfp.membership_change')]).toEqual([2, 2])
    expect(stat('cluster_manager.cluster_updated')).toBe(2)
  })

  test('without an address there is no host, for the reason that the resolver has', () => {
    const { choose, answer, chosen, stat } = started()
    choose(asking('a.test'))
    answer()
    expect(chosen).toEqual(['dns_resolution_failure{cares_norecords:not_there}'])
    expect(stat('cluster.dfp.upstream_cx_none_healthy')).toBe(0)
    expect(choose(asking('a.test'))).toBe('dns_resolution_failure{cares_norecords:not_there}')
    expect(stat('cluster.dfp.upstream_cx_none_healthy')).toBe(1)
  })

  test('limits of the cache', () => {
    const full = started(forwardProxy('{name: c, max_hosts: 1}'))
    full.choose(asking('a.test'))
    expect(full.choose(asking('b.test'))).toBe('dns_cache_overflow')
    const busy = started(forwardProxy('{name: c, dns_cache_circuit_breaker: {max_pending_requests: 1}}'))
    busy.choose(asking('a.test'))
    expect(busy.choose(asking('b.test'))).toBe('dns_cache_pending_requests_overflow')
  })

  test('the filter state names the host before the request does', () => {
    const { choose, answer, chosen } = started()
    const state = { 'envoy.upstream.dynamic_host': text('b.test'), 'envoy.upstream.dynamic_port': number(8080) }
    choose(asking('a.test', state))
    answer('192.0.2.2')
    expect(chosen).toEqual(['b.test:8080 192.0.2.2:8080'])
    // What is no number is no port, and an own port of the host comes first.
    choose(asking('a.test', { 'envoy.upstream.dynamic_port': text('8080') }))
    answer('192.0.2.1')
    expect(chosen.at(-1)).toBe('a.test:80 192.0.2.1:80')
    expect(choose(asking('a.test:80', { 'envoy.upstream.dynamic_port': number(9) }))).toBe('a.test:80 192.0.2.1:80')
  })

  test('several addresses of a name race each other', () => {
    const { choose, answer, worker, network } = started()
    choose(asking('a.test'))
    answer('192.0.2.1', '2001:db8::1')
    const pick = worker.get('dfp')!.chooseHost(asking('a.test'))
    if (pick.kind !== 'host') throw new Error('no host')
    const callbacks = { onPoolReady: () => undefined, onPoolFailure: () => undefined }
    worker.get('dfp')!.tcpPool(pick.host, 'default', ANY_HOST).newConnection(callbacks, 'close')
    network.last.refuse()
    expect(network.connections.map(({ options }) => options.address.text)).toEqual(['192.0.2.1:80', '[2001:db8::1]:80'])
  })

  test('another address is another address of the same host', () => {
    const { choose, answer, dispatcher, manager, stat, orders } = started()
    choose(asking('a.test'))
    answer('192.0.2.1')
    const [before] = manager.status()[0]!.hosts
    dispatcher.advance(5000)
    answer('192.0.2.9', '192.0.2.8')
    expect(choose(asking('a.test'))).toBe('a.test:80 192.0.2.9:80')
    expect([before?.address.text, manager.status()[0]!.hosts[0]?.address.text]).toEqual([
      '192.0.2.1:80',
      '192.0.2.9:80',
    ])
    expect(stat('cluster.dfp.membership_change')).toBe(1)
    expect(orders.map(({ kind }) => kind)).toEqual(['cluster.set', 'hosts.set', 'host.set', 'host.set'])
  })

  test('a host that nobody uses any more goes, with its connections', () => {
    const { choose, answer, dispatcher, stat, network, request } = started(forwardProxy('{name: c, host_ttl: 8s}'))
    choose({ ...ANY_HOST, requestHeaders: newRequestHeaders('GET', '/', 'a.test') })
    answer('192.0.2.1')
    choose(asking('a.test'))
    const pool = request('dfp', { context: asking('a.test') })
    network.last.connect()
    network.last.receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    expect(pool.events).toContain('200')
    for (let i = 0; i < 2; i++) {
      dispatcher.advance(5000)
      answer('192.0.2.1')
    }
    expect([stat('cluster.dfp.membership_total'), stat('cluster.dfp.membership_change')]).toEqual([0, 2])
    expect(stat('cluster_manager.cluster_updated')).toBe(2)
    expect(stat('cluster.dfp.upstream_cx_active')).toBe(0)
    expect(choose(asking('a.test'))).toBe('later')
  })

  test('filters know it by the name of its type alone', () => {
    expect(started().worker.get('dfp')!.info.dynamicForwardProxy).toEqual({ subClusters: undefined })
    expect(started(forwardProxy('{name: c}', 'other')).worker.get('dfp')!.info.dynamicForwardProxy).toBeUndefined()
    const named = `{name: dfp, lb_policy: CLUSTER_PROVIDED, cluster_type: {name: ${NAME}}}`
    expect(started(named).choose(asking('a.test'))).toBe('later')
  })

  test.each([
    [forwardProxy().replace('lb_policy: CLUSTER_PROVIDED, ', ''), "cluster 'dfp' provided one"],
    [forwardProxy('{name: c}', NAME, ', upstream_http_protocol_options: {auto_sni: true}'), 'auto_san_validation true'],
    [forwardProxy().replace('dns_cache_config: {name: c}', 'allow_coalesced_connections: true'), 'allow_coalesced'],
  ])('refuses %s', (yaml, says) => {
    expect(() => started(yaml)).toThrow(says)
  })
})
