import { describe, expect, test } from 'bun:test'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { extension as dnsCluster } from '../../extensions/clusters/dns/extension.ts'
import { extension } from '../../extensions/clusters/dynamic_forward_proxy/extension.ts'
import type { DnsResult } from '../dns/dns-resolver.ts'
import { ANY_HOST, clusterConfig, testClusters } from '../testing/test-clusters.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig'

/** The cluster `dfp`, and a resolver that answers when the test says so. */
function started(sub: string) {
  const typed = `{"@type": ${TYPE}, sub_clusters_config: ${sub}}`
  const type = `{name: envoy.clusters.dynamic_forward_proxy, typed_config: ${typed}}`
  const config = clusterConfig(`{name: dfp, lb_policy: CLUSTER_PROVIDED, cluster_type: ${type}}`, undefined, [
    extension,
  ])
  const lookups: { readonly name: string; readonly settle: (result: DnsResult) => void }[] = []
  const resolver = {
    resolve: (name: string, _family: unknown, settle: (result: DnsResult) => void) => {
      lookups.push({ name, settle })
      return { cancel: () => undefined }
    },
  }
  const clusters = testClusters([config], () => resolver, undefined, undefined, undefined, [dnsCluster])
  clusters.manager.start()
  clusters.dispatcher.advance(0)
  const told: string[] = []
  return {
    ...clusters,
    told,
    lookups,
    answer: (...ips: readonly string[]) => {
      const addresses = ips.map((ip) => ({ ip, ttlS: 60 }))
      lookups.shift()?.settle({ status: 'completed', addresses, alternates: [], detail: '' })
    },
    /** As a filter does. */
    load: (authority: string) => {
      const { subClusters } = clusters.worker.get('dfp')!.info.dynamicForwardProxy!
      const waiter = { onSubCluster: (isThere: boolean) => void told.push(`${authority} ${isThere}`) }
      const load = subClusters!.load(authority, 80, waiter)
      clusters.dispatcher.advance(0)
      return load
    },
    choose: (authority: string) => {
      const pick = clusters.worker.get('dfp')!.chooseHost(asking(authority))
      return pick.kind === 'host' ? `${pick.host.clusterName} ${pick.host.address.text}` : pick.kind
    },
  }
}

function asking(authority: string): LoadBalancerContext {
  return { ...ANY_HOST, requestHeaders: newRequestHeaders('GET', '/', authority) }
}

describe('sub clusters', () => {
  test('each host has a cluster, which comes when it is asked for', () => {
    const { load, lookups, answer, told, choose, manager } = started('{}')
    expect([load('a.test').kind, load('a.test:80').kind, load('b.test').kind]).toEqual(Array(3).fill('loading'))
    expect(lookups.map(({ name }) => name)).toEqual(['a.test', 'b.test'])
    answer('192.0.2.1', '192.0.2.2')
    expect(told).toEqual(['a.test true', 'a.test:80 true'])
    expect(load('a.test').kind).toBe('there')
    expect([choose('a.test'), choose('a.test'), choose('b.test')]).toEqual([
      'DFPCluster:a.test:80 192.0.2.1:80',
      'DFPCluster:a.test:80 192.0.2.2:80',
      'none',
    ])
    expect([...manager.names()]).toEqual(['dfp', 'DFPCluster:a.test:80', 'DFPCluster:b.test:80'])
    expect([...manager.namesForControlPlane()]).toEqual(['dfp'])
  })

  test('a name without addresses has a cluster without hosts', () => {
    const { load, answer, told, choose, stat } = started('{}')
    load('a.test')
    answer()
    expect([told, choose('a.test')]).toEqual([['a.test true'], 'none'])
    expect([stat('cluster.dfp.upstream_cx_none_healthy'), load('').kind, choose('')]).toEqual([1, 'there', 'none'])
  })

  test('too many are refused', () => {
    const { load, told } = started('{max_sub_clusters: 1}')
    load('a.test')
    load('b.test')
    expect(told).toEqual(['b.test false'])
  })

  test('who cancels is not told', () => {
    const { load, answer, told } = started('{}')
    const waiting = load('a.test')
    if (waiting.kind === 'loading') waiting.cancel()
    answer('192.0.2.1')
    expect(told).toEqual([])
  })

  test('those that nobody uses go', () => {
    const { load, answer, dispatcher, manager, stat } = started('{sub_cluster_ttl: 10s}')
    load('a.test')
    answer('192.0.2.1')
    load('b.test')
    answer('192.0.2.2')
    dispatcher.advance(9000)
    load('a.test')
    dispatcher.advance(11_000)
    expect([...manager.names()]).toEqual(['dfp'])
    expect([stat('cluster_manager.cluster_removed'), load('a.test').kind]).toEqual([2, 'loading'])
  })

  test('with their cluster they go as well', () => {
    const { load, answer, manager } = started('{}')
    load('a.test')
    answer('192.0.2.1')
    manager.close()
    expect([...manager.names()]).toEqual(['dfp'])
  })

  test('a policy of their own', () => {
    expect(() => started('{lb_policy: CLUSTER_PROVIDED}')).toThrow("unsupported lb_policy 'CLUSTER_PROVIDED'")
    const { load, answer, manager } = started('{lb_policy: LEAST_REQUEST, dns_cluster_config: {dns_refresh_rate: 3s}}')
    load('a.test')
    answer('192.0.2.1')
    const config = manager.active().at(-1)?.config
    expect([config?.lbPolicy.kind, config?.dns.refreshMs]).toEqual(['least_request', 3000])
  })
})
