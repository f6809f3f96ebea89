import { describe, expect, test } from 'bun:test'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { extension } from '../../extensions/clusters/aggregate/extension.ts'
import { ANY_HOST, clusterConfig, staticCluster, testClusters } from '../testing/test-clusters.ts'

function aggregate(name: string, ...clusters: readonly string[]): string {
  const config = `{"@type": type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig, clusters: [${clusters.join()}]}`
  return `{name: ${name}, lb_policy: CLUSTER_PROVIDED, cluster_type: {name: envoy.clusters.aggregate, typed_config: ${config}}}`
}

/** Priority by priority the ports of its hosts; a negative one is that of a host that is not well. */
function clusterOf(name: string, ...priorities: readonly (readonly number[])[]): string {
  const endpoints = priorities.map((ports, priority) => {
    const hosts = ports.map((port) => {
      const address = `{address: {socket_address: {address: 127.0.0.1, port_value: ${Math.abs(port)}}}}`
      return `{endpoint: ${address}, health_status: ${port < 0 ? 'UNHEALTHY' : 'HEALTHY'}}`
    })
    return `{priority: ${priority}, lb_endpoints: [${hosts.join()}]}`
  })
  return `{name: ${name}, load_assignment: {cluster_name: ${name}, endpoints: [${endpoints.join()}]}}`
}

/** An aggregate `all`, with a random source that runs through the percentages. */
function started(...configs: readonly string[]) {
  let next = 0
  const parse = (yaml: string) => clusterConfig(yaml, undefined, [extension])
  const clusters = testClusters(configs.map(parse), undefined, undefined, () => next++ % 100)
  clusters.manager.start()
  const ports = (times = 100, context: LoadBalancerContext = ANY_HOST): Record<string, number> => {
    const seen: Record<string, number> = {}
    for (let i = 0; i < times; i++) {
      const pick = clusters.worker.get('all')!.chooseHost(context)
      const who = pick.kind === 'host' ? pick.host.address.text.replace('127.0.0.1:', '') : pick.kind
      seen[who] = (seen[who] ?? 0) + 1
    }
    return seen
  }
  const update = (yaml: string): unknown => {
    const config = clusterConfig(yaml)
    return clusters.manager.addOrUpdateCluster(config, { name: config.name, text: yaml }, '1')
  }
  return { ...clusters, ports, update }
}

describe('aggregate clusters', () => {
  test('the first cluster takes what it can bear, the next one the rest', () => {
    expect(started(clusterOf('a', [1]), clusterOf('b', [2]), aggregate('all', 'a', 'b')).ports()).toEqual({ 1: 100 })
    const half = started(clusterOf('a', [1, -2]), clusterOf('b', [3]), aggregate('all', 'a', 'b'))
    expect(half.ports()).toEqual({ 1: 70, 3: 30 })
    expect(started(clusterOf('a', [-1]), clusterOf('b', [2]), aggregate('all', 'a', 'b')).ports()).toEqual({ 2: 100 })
  })

  test('priorities stand in a row, empty ones left out', () => {
    const { ports } = started(clusterOf('a', [-1], [], [2, -3]), clusterOf('b', [4]), aggregate('all', 'a', 'b'))
    expect(ports()).toEqual({ 2: 70, 4: 30 })
  })

  test('the overprovisioning factor is that of each cluster', () => {
    const half = clusterOf('a', [1, -2]).replace(
      'cluster_name: a,',
      'cluster_name: a, policy: {overprovisioning_factor: 100},',
    )
    expect(started(half, clusterOf('b', [3]), aggregate('all', 'a', 'b')).ports()).toEqual({ 1: 50, 3: 50 })
  })

  test('when nobody is well hosts count, and panic is a matter of the cluster', () => {
    const { ports, stat } = started(clusterOf('a', [-1]), clusterOf('b', [-2, -3, -4]), aggregate('all', 'a', 'b'))
    expect(ports()).toMatchObject({ 1: 25 })
    expect(stat('cluster.a.lb_healthy_panic')).toBe(25)
    expect(stat('cluster.b.lb_healthy_panic')).toBe(75)
    expect(stat('cluster.all.lb_healthy_panic')).toBe(0)
  })

  test('clusters that are not there, and aggregates, have nothing to give', () => {
    const { ports, stat } = started(
      clusterOf('a', [1]),
      aggregate('inner', 'a'),
      aggregate('all', 'nope', 'inner', 'all'),
    )
    expect(ports(3)).toEqual({ none: 3 })
    expect(stat('cluster.all.upstream_cx_none_healthy')).toBe(3)
  })

  test('clusters that come, change and go', () => {
    const { ports, update, manager } = started(clusterOf('b', [2]), aggregate('all', 'a', 'b'))
    expect(ports(2)).toEqual({ 2: 2 })
    update(clusterOf('a', [1]))
    expect(ports(2)).toEqual({ 1: 2 })
    update(clusterOf('a', [-3, 4]))
    expect(ports()).toEqual({ 2: 30, 4: 70 })
    manager.removeCluster('a')
    expect(ports(2)).toEqual({ 2: 2 })
  })

  test('a host by name is not found; a strict wish fails', () => {
    const { ports } = started(clusterOf('a', [1]), clusterOf('b', [2]), aggregate('all', 'a', 'b'))
    const wish = (strict: boolean) => ({
      ...ANY_HOST,
      overrideHost: { address: '127.0.0.1:2', strict, notFoundStatus: 503 },
    })
    expect(ports(1, wish(false))).toEqual({ 1: 1 })
    expect(ports(1, wish(true))).toEqual({ none: 1 })
  })

  test('a retry keeps away from priorities of the row', () => {
    const { ports } = started(clusterOf('a', [1], [2]), clusterOf('b', [3]), aggregate('all', 'a', 'b'))
    const excluded = new Set([0, 1])
    expect(ports(2, { ...ANY_HOST, retryPriority: { excluded: () => excluded } })).toEqual({ 3: 2 })
    const asked: (number | undefined)[] = []
    const { worker } = started(clusterOf('a', [1], [2]), clusterOf('b', [3]), aggregate('all', 'a', 'b'))
    const pick = worker.get('b')!.chooseHost(ANY_HOST)
    const retryPriority = {
      excluded: (priorityOf: (host: never) => number | undefined) => {
        asked.push(priorityOf((pick as unknown as { host: never }).host))
        return undefined
      },
    }
    worker.get('all')!.chooseHost({ ...ANY_HOST, retryPriority })
    expect(asked).toEqual([2])
  })

  test('connections and requests are those of the cluster of the host', () => {
    const { request, network, stat } = started(staticCluster('a', [80]), aggregate('all', 'a'))
    const stream = request('all')
    network.last.connect()
    network.last.receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    expect(stream.events).toContain('200')
    request('a')
    expect([stat('cluster.a.upstream_cx_total'), stat('cluster.a.upstream_rq_total')]).toEqual([1, 2])
    expect([stat('cluster.all.upstream_cx_total'), stat('cluster.all.upstream_rq_total')]).toEqual([0, 0])
    expect(stat('cluster.all.membership_total')).toBe(0)
  })
})
