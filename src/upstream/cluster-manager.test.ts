import { describe, expect, test } from 'bun:test'
import type { DnsResolver, DnsResult } from './dns/dns-resolver.ts'
import { NO_MANAGER_CONFIG } from './config/manager-config.ts'
import { ANY_HOST, staticCluster, testClusters } from './testing/test-clusters.ts'

/** Answers when the test says so. */
class ManualResolver implements DnsResolver {
  readonly asked: string[] = []
  #waiting: ((result: DnsResult) => void)[] = []

  resolve(name: string, family: string, onResult: (result: DnsResult) => void) {
    this.asked.push(`${name} ${family}`)
    this.#waiting.push(onResult)
    return { cancel: () => (this.#waiting = this.#waiting.filter((other) => other !== onResult)) }
  }

  answer(addresses: readonly string[], alternates: readonly string[] = [], ttlS = 0): void {
    this.#settle({ status: 'completed', addresses: addresses.map((ip) => ({ ip, ttlS })), alternates, detail: '' })
  }

  fail(): void {
    this.#settle({ status: 'failure', detail: 'ETIMEOUT' })
  }

  #settle(result: DnsResult): void {
    const callback = this.#waiting.shift()
    if (callback === undefined) throw new Error('nobody waits for an answer')
    callback(result)
  }
}

function dns(type: string, more = '') {
  const resolver = new ManualResolver()
  const endpoint = '{endpoint: {address: {socket_address: {address: app.test, port_value: 80}}}}'
  const yaml = `{name: d, type: ${type}, load_assignment: {cluster_name: d, endpoints: [{lb_endpoints: [${endpoint}]}]}${more}}`
  const clusters = testClusters([yaml], () => resolver)
  const hosts = () => clusters.manager.status()[0]!.hosts.map((host) => host.address.text)
  const chosen = () => {
    const pick = clusters.worker.get('d')!.chooseHost(ANY_HOST)
    return pick.kind === 'host' ? pick.host.address.text : pick.kind
  }
  return { ...clusters, resolver, hosts, chosen }
}

describe('cluster manager', () => {
  test('static clusters are ready at once and known to every thread', () => {
    const { manager, worker, stat } = testClusters([staticCluster('a', [80, 81]), staticCluster('b', [])])
    let initialised = 0
    manager.onInitialized(() => initialised++)
    expect(initialised).toBe(0)
    expect(worker.get('a')).toBeUndefined()
    manager.start()
    expect(initialised).toBe(1)
    manager.onInitialized(() => initialised++)
    expect(initialised).toBe(2)
    expect(worker.get('a')?.info.name).toBe('a')
    expect(manager.view.get('a')?.info.name).toBe('a')
    expect(worker.get('nope')).toBeUndefined()
    expect(stat('cluster_manager.active_clusters')).toBe(2)
    expect(stat('cluster_manager.cluster_added')).toBe(2)
    expect(stat('cluster_manager.cluster_updated')).toBe(0)
    expect(stat('thread_local_cluster_manager.main_thread.clusters_inflated')).toBe(2)
    expect(stat('thread_local_cluster_manager.worker_0.clusters_inflated')).toBe(2)
    expect(stat('cluster.a.membership_total')).toBe(2)
    expect(stat('cluster.a.membership_healthy')).toBe(2)
    expect(stat('cluster.a.membership_change')).toBe(1)
    expect(stat('cluster.b.membership_change')).toBe(0)
  })

  test('a cluster without hosts answers UH', () => {
    const { manager, worker, stat } = testClusters([staticCluster('b', [])])
    manager.start()
    expect(worker.get('b')!.chooseHost(ANY_HOST)).toEqual({ kind: 'none', flag: 'UH', detail: 'no_healthy_upstream' })
    expect(stat('cluster.b.upstream_cx_none_healthy')).toBe(1)
    expect(stat('cluster.b.lb_healthy_panic')).toBe(1)
  })

  test('every name is shown without any traffic', () => {
    const { manager, stat } = testClusters([staticCluster('a', [80])])
    manager.start()
    for (const name of ['upstream_rq_total', 'upstream_rq_retry', 'circuit_breakers.high.rq_open', 'update_empty']) {
      expect(stat(`cluster.a.${name}`)).toBe(0)
    }
  })

  test('alt_stat_name is where statistics go', () => {
    const { manager, stat, worker } = testClusters([staticCluster('a', [80], 'alt_stat_name: "x:y"')])
    manager.start()
    expect(stat('cluster.x_y.membership_total')).toBe(1)
    expect(stat('cluster.a.membership_total')).toBeUndefined()
    expect(worker.get('a')!.info.observabilityName).toBe('x:y')
  })

  test('circuit breakers open and close by what the runtime says now', () => {
    const more = 'circuit_breakers: {thresholds: [{max_connections: 1, track_remaining: true}]}'
    const { manager, stat, request, setRuntime, network } = testClusters([staticCluster('a', [80], more)])
    const gauges = () => ['cx_open', 'remaining_cx'].map((name) => stat(`cluster.a.circuit_breakers.default.${name}`))
    manager.start()
    request('a')
    expect(gauges()).toEqual([1, 0])
    setRuntime({ 'circuit_breakers.a.default.max_connections': 5 })
    expect(gauges()).toEqual([1, 0]) // until something is counted, as in Envoy
    request('a')
    expect(gauges()).toEqual([0, 3])
    setRuntime({ 'circuit_breakers.a.default.max_connections': 0 })
    network.last.connect()
    network.last.endByPeer()
    expect(gauges()).toEqual([1, 0])
  })

  test('a budget of retries, also from the runtime alone', () => {
    const more = 'circuit_breakers: {thresholds: [{track_remaining: true}]}'
    const { manager, stat, setRuntime, worker } = testClusters([staticCluster('a', [80], more)])
    manager.start()
    const retries = worker.get('a')!.info.resources('default').retries
    const remaining = () => stat('cluster.a.circuit_breakers.default.remaining_retries')
    expect([retries.max, remaining()]).toEqual([3, 3])
    setRuntime({ 'circuit_breakers.a.default.retry_budget.budget_percent': 50 })
    expect([retries.max, remaining()]).toEqual([3, 0])
    setRuntime({ 'circuit_breakers.a.default.retry_budget.min_retry_concurrency': 1 })
    expect(retries.max).toBe(1)
    setRuntime({})
    retries.inc()
    expect([retries.max, remaining()]).toEqual([3, 2])
  })

  test('remaining_* gauges', () => {
    const more = 'circuit_breakers: {thresholds: [{max_connections: 5, track_remaining: true}]}'
    const { manager, stat, request } = testClusters([staticCluster('a', [80], more)])
    manager.start()
    expect(stat('cluster.a.circuit_breakers.default.remaining_cx')).toBe(5)
    request('a')
    expect(stat('cluster.a.circuit_breakers.default.remaining_cx')).toBe(4)
    expect(stat('cluster.a.circuit_breakers.high.remaining_cx')).toBeUndefined()
  })

  test('stats_matcher: a cluster says which of its statistics are seen', () => {
    const matcher = 'stats_matcher: {inclusion_list: {patterns: [{prefix: cluster.a.upstream_rq_t}]}}'
    const { manager, stat } = testClusters([staticCluster('a', [1], matcher), staticCluster('b', [1])])
    manager.start()
    const names = ['upstream_rq_total', 'upstream_cx_total']
    expect(names.map((name) => stat(`cluster.a.${name}`))).toEqual([0, undefined])
    expect(names.map((name) => stat(`cluster.b.${name}`))).toEqual([0, 0])
  })

  test('clusters_inflated: all at once, or with enable_deferred_cluster_creation at their first use', () => {
    const inflated = 'thread_local_cluster_manager.worker_0.clusters_inflated'
    const yaml = [staticCluster('a', [1]), staticCluster('b', [1])]
    const eager = testClusters(yaml)
    eager.manager.start()
    expect(eager.stat(inflated)).toBe(2)
    const deferred = testClusters(yaml, undefined, { ...NO_MANAGER_CONFIG, deferredCreation: true })
    deferred.manager.start()
    expect(deferred.stat(inflated)).toBe(0)
    deferred.request('a')
    deferred.request('a')
    expect(deferred.stat(inflated)).toBe(1)
  })

  test('/clusters: limits, hosts and what all threads counted', () => {
    const { manager, network, request } = testClusters([staticCluster('a', [80])])
    manager.start()
    request('a')
    network.last.connect()
    const [status] = manager.status()
    expect(status).toMatchObject({
      name: 'a',
      addedViaApi: false,
      defaultThresholds: { maxConnections: 1024, maxRetries: 3 },
      hosts: [{ healthFlags: [], weight: 1, priority: 0, stats: { cxActive: 1, cxTotal: 1, rqActive: 1, rqTotal: 1 } }],
    })
    network.last.receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    expect(manager.status()[0]!.hosts[0]!.stats).toMatchObject({ cxActive: 1, rqActive: 0, rqPendingActive: 0 })
  })

  test('a worker that comes later is told everything', () => {
    const { manager, orders } = testClusters([staticCluster('a', [80]), staticCluster('b', [80])])
    manager.start()
    const replay = manager.ordersForNewWorker()
    expect(replay.map(({ kind }) => kind)).toEqual(['cluster.set', 'hosts.set', 'cluster.set', 'hosts.set'])
    expect(new Set(replay.map((order) => JSON.stringify(order)))).toEqual(
      new Set(orders.map((order) => JSON.stringify(order))),
    )
  })
})

test.each(['STRICT_DNS', 'LOGICAL_DNS'])(
  '%s: an address is its own answer, counted, and the name of its host',
  (type) => {
    const endpoint = '{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}'
    const yaml = `{name: d, type: ${type}, load_assignment: {cluster_name: d, endpoints: [{lb_endpoints: [${endpoint}]}]}}`
    const { manager, stat } = testClusters([yaml])
    manager.start()
    expect(manager.status()[0]!.hosts[0]!.hostname).toBe('10.0.0.1')
    expect([stat('cluster.d.update_attempt'), stat('cluster.d.update_success')]).toEqual([1, 1])
    expect(stat('cluster.d.max_host_weight')).toBe(type === 'STRICT_DNS' ? 1 : 0)
  },
)

test('clusters of the bootstrap begin in the order of their names, whatever that in the file is', () => {
  const { manager, orders } = testClusters([staticCluster('c', [80]), staticCluster('a', [80]), staticCluster('b', [])])
  manager.start()
  const told = orders.flatMap((order) => (order.kind === 'cluster.set' ? [order.name] : []))
  expect(told).toEqual(['a', 'b', 'c'])
})

describe('STRICT_DNS', () => {
  test('the start waits for the first answer', () => {
    const { manager, resolver, hosts, worker, stat } = dns('STRICT_DNS')
    let initialised = false
    manager.onInitialized(() => (initialised = true))
    manager.start()
    expect(initialised).toBe(false)
    expect(worker.get('d')).toBeUndefined()
    expect(resolver.asked).toEqual(['app.test AUTO'])
    resolver.answer(['10.0.0.1', '10.0.0.2', '10.0.0.1'])
    expect(initialised).toBe(true)
    expect(hosts()).toEqual(['10.0.0.1:80', '10.0.0.2:80'])
    expect(worker.get('d')).toBeDefined()
    expect(stat('cluster.d.update_attempt')).toBe(1)
    expect(stat('cluster.d.update_success')).toBe(1)
    expect(stat('cluster.d.max_host_weight')).toBe(1)
    expect(manager.status()[0]!.hosts[0]!.hostname).toBe('app.test')
  })

  test('each address is an answer: the start waits for no name beside one, and what follows are updates', () => {
    const endpoints = ['app.test', '10.0.0.1', '10.0.0.2'].map(
      (host) => `{endpoint: {address: {socket_address: {address: ${host}, port_value: 80}}}}`,
    )
    const yaml = `{name: d, type: STRICT_DNS, load_assignment: {cluster_name: d, endpoints: [{lb_endpoints: [${endpoints.join()}]}]}}`
    const resolver = new ManualResolver()
    const { manager, stat } = testClusters([yaml], () => resolver)
    let initialised = false
    manager.onInitialized(() => (initialised = true))
    manager.start()
    expect(initialised).toBe(true)
    expect(stat('cluster.d.membership_change')).toBe(2)
    expect(stat('cluster_manager.cluster_updated')).toBe(1)
    resolver.answer(['10.0.0.3'])
    expect(manager.status()[0]!.hosts.map((host) => host.address.text)).toEqual([
      '10.0.0.3:80',
      '10.0.0.1:80',
      '10.0.0.2:80',
    ])
    expect(stat('cluster.d.membership_change')).toBe(3)
  })

  test('of very many addresses the later ones are one update', () => {
    const endpoints = Array.from(
      { length: 3000 },
      (_, n) => `{endpoint: {address: {socket_address: {address: 10.0.${n >> 8}.${n & 255}, port_value: 80}}}}`,
    )
    const yaml = `{name: d, type: STRICT_DNS, load_assignment: {cluster_name: d, endpoints: [{lb_endpoints: [${endpoints.join()}]}]}}`
    const { manager, stat } = testClusters([yaml], () => new ManualResolver())
    manager.start()
    expect(manager.status()[0]!.hosts).toHaveLength(3000)
    expect(stat('cluster.d.membership_change')).toBe(101)
  })

  test('wait_for_warm_on_init: false does not wait', () => {
    const { manager, worker } = dns('STRICT_DNS', ', wait_for_warm_on_init: false')
    let initialised = false
    manager.onInitialized(() => (initialised = true))
    manager.start()
    expect(initialised).toBe(true)
    expect(worker.get('d')!.chooseHost(ANY_HOST).kind).toBe('none')
  })

  test('a failure ends the wait, too', () => {
    const { manager, resolver, hosts, stat } = dns('STRICT_DNS')
    let initialised = false
    manager.onInitialized(() => (initialised = true))
    manager.start()
    resolver.fail()
    expect(initialised).toBe(true)
    expect(hosts()).toEqual([])
    expect(stat('cluster.d.update_failure')).toBe(1)
  })

  test('a failed lookup never replaces good endpoints, an empty answer does', () => {
    const { manager, resolver, hosts, chosen, dispatcher } = dns('STRICT_DNS')
    manager.start()
    resolver.answer(['10.0.0.1'])
    dispatcher.advance(5000)
    resolver.fail()
    expect(hosts()).toEqual(['10.0.0.1:80'])
    expect(chosen()).toBe('10.0.0.1:80')
    dispatcher.advance(5000)
    resolver.answer([])
    expect(hosts()).toEqual([])
    expect(chosen()).toBe('none')
  })

  test('hosts that stay keep their connections, those that leave are drained', () => {
    const { manager, resolver, network, request, dispatcher, stat } = dns('STRICT_DNS')
    manager.start()
    resolver.answer(['10.0.0.1', '10.0.0.2'])
    const busy = request('d')
    const idle = request('d')
    network.connections.forEach((connection) => connection.connect())
    network.connections[1]!.receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    expect(idle.events.at(-1)).toBe('end')
    dispatcher.advance(5000)
    resolver.answer(['10.0.0.1', '10.0.0.3'])
    expect(network.connections[0]!.state).toBe('open')
    expect(network.connections[1]!.state).toBe('closed')
    expect(busy.events).toEqual(['ready'])
    expect(stat('cluster.d.membership_change')).toBe(2)
    expect(stat('cluster_manager.cluster_updated')).toBe(1)
  })

  test('an unchanged answer rebuilds nothing', () => {
    const { manager, resolver, dispatcher, orders, stat } = dns('STRICT_DNS')
    manager.start()
    resolver.answer(['10.0.0.1'])
    const sent = orders.length
    dispatcher.advance(5000)
    resolver.answer(['10.0.0.1'])
    expect(orders).toHaveLength(sent)
    expect(stat('cluster.d.update_no_rebuild')).toBe(1)
  })

  test('refresh by TTL, and exponential back-off after failures', () => {
    const more = ', respect_dns_ttl: true, dns_failure_refresh_rate: {base_interval: 2s, max_interval: 3s}'
    const { manager, resolver, dispatcher } = dns('STRICT_DNS', more)
    manager.start()
    resolver.answer(['10.0.0.1'], [], 30)
    dispatcher.advance(29_000)
    expect(resolver.asked).toHaveLength(1)
    dispatcher.advance(1000)
    expect(resolver.asked).toHaveLength(2)
    // The random number of the test is one half.
    const waits: number[] = []
    for (let round = 0; round < 3; round++) {
      resolver.fail()
      const asked = resolver.asked.length
      let waited = 0
      while (resolver.asked.length === asked) {
        dispatcher.advance(100)
        waited += 100
      }
      waits.push(waited)
    }
    expect(waits).toEqual([1000, 1500, 1500])
  })

  test('close ends lookups and timers', () => {
    const { manager, resolver, dispatcher } = dns('STRICT_DNS')
    manager.start()
    resolver.answer(['10.0.0.1'])
    manager.close()
    expect(dispatcher.armedTimers).toBe(0)
  })
})

describe('LOGICAL_DNS', () => {
  test('one host; another takes its place when the answer changes', () => {
    const { manager, resolver, hosts, network, request, dispatcher, stat } = dns('LOGICAL_DNS')
    manager.start()
    resolver.answer(['10.0.0.1'])
    const stream = request('d')
    network.last.connect()
    dispatcher.advance(5000)
    resolver.answer(['10.0.0.9'])
    expect(hosts()).toEqual(['10.0.0.9:80'])
    expect(stat('cluster.d.membership_change')).toBe(2)
    // What is in flight ends as it likes.
    expect(network.last.state).toBe('open')
    expect(stream.events).toEqual(['ready'])
    network.last.receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    expect(network.last.state).toBe('closed')
    request('d')
    expect(network.last.options.address.text).toBe('10.0.0.9:80')
    dispatcher.advance(5000)
    resolver.answer(['10.0.0.9', '10.0.0.8'])
    expect(stat('cluster.d.membership_change')).toBe(3)
    dispatcher.advance(5000)
    resolver.answer(['10.0.0.9', '10.0.0.8'])
    expect(stat('cluster.d.update_no_rebuild')).toBe(1)
  })

  test('an empty answer is a failure', () => {
    const { manager, resolver, hosts, dispatcher, stat } = dns('LOGICAL_DNS')
    manager.start()
    resolver.answer(['10.0.0.1'])
    dispatcher.advance(5000)
    resolver.answer([])
    expect(hosts()).toEqual(['10.0.0.1:80'])
    expect(stat('cluster.d.update_failure')).toBe(1)
  })
})

describe('a name with two faces', () => {
  test('localhost: the other loopback address is tried, and tried first the next time', () => {
    const { manager, resolver, hosts, network, request, stat } = dns('STRICT_DNS')
    manager.start()
    resolver.answer(['::1'], ['127.0.0.1'])
    expect(hosts()).toEqual(['[::1]:80'])
    const stream = request('d')
    expect(network.last.options.address.text).toBe('[::1]:80')
    network.last.refuse()
    expect(stream.events).toEqual([])
    expect(network.last.options.address.text).toBe('127.0.0.1:80')
    network.last.connect()
    expect(stream.events).toEqual(['ready'])
    expect(stat('cluster.d.upstream_cx_total')).toBe(1)
    expect(stat('cluster.d.upstream_cx_connect_fail')).toBe(0)
    request('d')
    expect(network.last.options.address.text).toBe('127.0.0.1:80')
    network.last.refuse()
    network.last.refuse()
    expect(stat('cluster.d.upstream_cx_connect_fail')).toBe(1)
  })
})
