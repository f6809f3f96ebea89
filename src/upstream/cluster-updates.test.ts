import { describe, expect, test } from 'bun:test'
import { ANY_HOST, clusterConfig, staticCluster, testClusters } from './testing/test-clusters.ts'

function updatable(first = staticCluster('a', [80])) {
  const clusters = testClusters([])
  const update = (yaml: string, version = '1') => {
    const config = clusterConfig(yaml)
    return clusters.manager.addOrUpdateCluster(config, { name: config.name, text: yaml }, version)
  }
  clusters.manager.start()
  update(first)
  return { ...clusters, update }
}

describe('cluster updates', () => {
  test('a new cluster serves once it has hosts, an equal one changes nothing', () => {
    const { worker, update, stat, manager } = updatable()
    expect(worker.get('a')?.chooseHost(ANY_HOST).kind).toBe('host')
    expect(update(staticCluster('a', [80]))).toEqual({ ok: true, changed: false })
    expect([stat('cluster_manager.cluster_added'), stat('cluster_manager.active_clusters')]).toEqual([1, 1])
    expect(manager.status()[0]?.addedViaApi).toBe(true)
    expect([...manager.names()]).toEqual(['a'])
  })

  test('a changed cluster replaces the old one without a gap and drains its connections', () => {
    const { worker, update, stat, request, network, orders } = updatable()
    request('a')
    network.last.connect()
    network.last.receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    const old = worker.get('a')
    const before = orders.length
    expect(update(staticCluster('a', [80], 'connect_timeout: 1s'), '2')).toEqual({ ok: true, changed: true })
    expect(orders.slice(before).map(({ kind }) => kind)).toEqual(['cluster.set', 'hosts.set'])
    expect(worker.get('a')).not.toBe(old)
    expect(stat('cluster_manager.cluster_modified')).toBe(1)
    expect(stat('cluster.a.upstream_cx_destroy_local')).toBe(1)
    expect(stat('cluster.a.warming_state')).toBe(0)
  })

  test('what discovery says of hosts is told at once, even if only weights are others', () => {
    const { manager, orders, stat } = updatable()
    const [cluster] = manager.active()
    const [host] = cluster!.hosts
    const before = orders.length
    for (const weight of [2, 3, 4]) cluster!.setHosts([{ ...host!, weight }])
    expect(cluster!.setHosts([{ ...host!, weight: 4 }])).toBe(false)
    expect(orders.slice(before).map(({ kind }) => kind)).toEqual(['hosts.set', 'hosts.set', 'hosts.set'])
    const counts = ['cluster_updated', 'cluster_updated_via_merge', 'update_out_of_merge_window']
    expect(counts.map((name) => stat(`cluster_manager.${name}`))).toEqual([3, 0, 0])
    expect(stat('cluster.a.membership_change')).toBe(1)
  })

  test('between the two orders the old cluster goes on', () => {
    const { worker, update, orders } = updatable()
    update(staticCluster('a', [80], 'connect_timeout: 1s'), '2')
    const [set, hosts] = orders.slice(-2)
    const old = worker.get('a')
    worker.apply(set!)
    expect(worker.get('a')).toBe(old)
    worker.apply(hosts!)
    expect(worker.get('a')).not.toBe(old)
  })

  test('a cluster that waits for names warms beside the one that it will replace', () => {
    const answers: ((ip: string) => void)[] = []
    const resolver = {
      resolve: (_name: string, _family: string, onResult: (result: never) => void) => {
        const answer = (ip: string): void =>
          onResult({ status: 'completed', addresses: [{ ip, ttlS: 60 }], alternates: [] } as never)
        answers.push(answer)
        return { cancel: () => undefined }
      },
    }
    const { manager, worker, stat } = testClusters([], () => resolver)
    manager.start()
    const fixed = clusterConfig(staticCluster('a', [80]))
    manager.addOrUpdateCluster(fixed, { name: 'a' }, '1')
    const old = worker.get('a')
    const endpoint = '{endpoint: {address: {socket_address: {address: app.test, port_value: 80}}}}'
    const named = `{name: a, type: STRICT_DNS, load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [${endpoint}]}]}}`
    manager.addOrUpdateCluster(clusterConfig(named), { name: 'a', type: 'STRICT_DNS' }, '2')
    expect([stat('cluster_manager.warming_clusters'), stat('cluster.a.warming_state')]).toEqual([1, 1])
    expect(manager.warming().map(({ origin }) => origin.version)).toEqual(['2'])
    expect(worker.get('a')).toBe(old)
    answers[0]!('10.0.0.1')
    expect([stat('cluster_manager.warming_clusters'), stat('cluster.a.warming_state')]).toEqual([0, 0])
    expect(worker.get('a')).not.toBe(old)
    expect(manager.status()[0]?.hosts.map(({ address }) => address.text)).toEqual(['10.0.0.1:80'])
  })

  test('a removed cluster is unknown, a static one stays', () => {
    const { manager, worker, stat, orders } = updatable()
    expect(manager.removeCluster('a')).toBe(true)
    expect(orders.at(-1)).toMatchObject({ kind: 'cluster.remove', name: 'a', forget: 'cluster.a.' })
    expect([worker.get('a'), stat('cluster_manager.cluster_removed')]).toEqual([undefined, 1])
    expect(manager.removeCluster('a')).toBe(false)
    const fixed = testClusters([staticCluster('s', [80])])
    fixed.manager.start()
    expect(fixed.manager.removeCluster('s')).toBe(false)
    const again = fixed.manager.addOrUpdateCluster(clusterConfig(staticCluster('s', [81])), { name: 's' }, '1')
    expect(again).toEqual({ ok: true, changed: false })
  })

  test('statistics below those of another cluster stay', () => {
    const { manager, update, orders } = updatable()
    update(staticCluster('a.b', [80]))
    manager.removeCluster('a')
    expect(orders.at(-1)).toMatchObject({ kind: 'cluster.remove', name: 'a', forget: '' })
  })

  test('the start waits for cds and its clusters', () => {
    const { manager } = testClusters([staticCluster('s', [80])])
    let settle: () => void = () => undefined
    let initialised = 0
    manager.onInitialized(() => initialised++)
    manager.start({ name: 'CDS', initialize: (ready) => (settle = ready) })
    expect(initialised).toBe(0)
    manager.addOrUpdateCluster(clusterConfig(staticCluster('a', [80])), { name: 'a' }, '1')
    settle()
    expect(initialised).toBe(1)
    expect(manager.active().map(({ config }) => config.name)).toEqual(['s', 'a'])
  })

  test('a cluster that counts elsewhere from now on leaves nothing behind', () => {
    const { update, orders } = updatable()
    update(staticCluster('a', [80], 'alt_stat_name: b'), '2')
    expect(orders.slice(-2).map(({ kind }) => kind)).toEqual(['hosts.set', 'stats.forget'])
    expect(orders.at(-1)).toEqual({ kind: 'stats.forget', prefix: 'cluster.a.' })
    update(staticCluster('c', [80], 'alt_stat_name: b'), '3')
    update(staticCluster('a', [80]), '4')
    expect(orders.at(-1)?.kind).toBe('hosts.set')
  })
})
