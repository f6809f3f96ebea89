import { describe, expect, test } from 'bun:test'
import { ANY_HOST, clusterConfig, staticCluster, testClusters } from '../testing/test-clusters.ts'

const CHECK =
  'health_checks: [{timeout: 1s, interval: 5s, no_traffic_interval: 5s, healthy_threshold: 1, unhealthy_threshold: 1, tcp_health_check: {}}]'

/** A cluster whose hosts are what the test last said. */
function resolved(more: string, type = 'STRICT_DNS') {
  const waiting: ((addresses: readonly string[]) => void)[] = []
  const resolver = {
    resolve: (_name: string, _family: string, onResult: (result: never) => void) => {
      waiting.push((ips) =>
        onResult({
          status: 'completed',
          addresses: ips.map((ip) => ({ ip, ttlS: 60 })),
          alternates: [],
          detail: '',
        } as never),
      )
      return { cancel: () => undefined }
    },
  }
  const endpoint = '{endpoint: {address: {socket_address: {address: app.test, port_value: 80}}}}'
  const yaml = `{name: d, type: ${type}, load_assignment: {cluster_name: d, endpoints: [{lb_endpoints: [${endpoint}]}]}, ${CHECK}${more}}`
  const clusters = testClusters([yaml], () => resolver)
  clusters.manager.start()
  return {
    ...clusters,
    answer: (...ips: readonly string[]) => waiting.shift()!(ips),
    hosts: () =>
      clusters.manager.status()[0]!.hosts.map(({ address, healthFlags }) => [address.text, ...healthFlags].join('/')),
    /** Answers those checks that are under way. */
    check: (passes: (address: string) => boolean) => {
      for (const connection of clusters.network.connections) {
        if (connection.state !== 'connecting') continue
        if (passes(connection.options.address.text)) connection.connect()
        else connection.refuse()
      }
    },
  }
}

describe('health of hosts that come and go', () => {
  test('a cluster serves once each host has been checked, whatever the result', () => {
    const { answer, check, worker, hosts } = resolved('')
    answer('10.0.0.1', '10.0.0.2')
    expect(worker.get('d')).toBeUndefined()
    check((address) => address.startsWith('10.0.0.1'))
    expect(worker.get('d')!.membership).toEqual({ total: 2, healthy: 1 })
    expect(hosts()).toEqual(['10.0.0.1:80', '10.0.0.2:80/failed_active_hc'])
  })

  test('without waiting for its warmth it serves at once', () => {
    const { worker } = resolved(', wait_for_warm_on_init: false')
    expect(worker.get('d')).toBeDefined()
  })

  test('a host that discovery drops stays while its checks pass, and goes with the next answer after that', () => {
    const { answer, check, dispatcher, hosts, worker } = resolved('')
    answer('10.0.0.1', '10.0.0.2')
    check(() => true)
    dispatcher.advance(5000)
    check(() => true)
    answer('10.0.0.1')
    expect(hosts()).toEqual(['10.0.0.1:80', '10.0.0.2:80/pending_dynamic_removal'])
    expect(worker.get('d')!.membership).toEqual({ total: 2, healthy: 2 })
    dispatcher.advance(5000)
    check((address) => address.startsWith('10.0.0.1'))
    expect(hosts()[1]).toBe('10.0.0.2:80/failed_active_hc/pending_dynamic_removal')
    answer('10.0.0.1')
    expect(hosts()).toEqual(['10.0.0.1:80'])
  })

  test('the one host of LOGICAL_DNS goes at once', () => {
    const { answer, check, dispatcher, hosts } = resolved('', 'LOGICAL_DNS')
    answer('10.0.0.1')
    check(() => true)
    dispatcher.advance(5000)
    check(() => true)
    answer('10.0.0.2')
    expect(hosts()).toEqual(['10.0.0.2:80/failed_active_hc'])
  })

  test('or goes at once, where that is said', () => {
    const { answer, check, dispatcher, hosts } = resolved(', ignore_health_on_host_removal: true')
    answer('10.0.0.1', '10.0.0.2')
    check(() => true)
    dispatcher.advance(5000)
    check(() => true)
    answer('10.0.0.1')
    expect(hosts()).toEqual(['10.0.0.1:80'])
  })

  test('new hosts do not count before their first check, where that is said', () => {
    const { answer, check, dispatcher, hosts, stat } = resolved(
      ', common_lb_config: {ignore_new_hosts_until_first_hc: true}',
    )
    answer('10.0.0.1')
    check(() => true)
    dispatcher.advance(5000)
    check(() => true)
    answer('10.0.0.1', '10.0.0.2')
    expect(hosts()[1]).toBe('10.0.0.2:80/failed_active_hc/pending_active_hc')
    expect(stat('cluster.d.membership_excluded')).toBe(1)
    check(() => false)
    expect(hosts()[1]).toBe('10.0.0.2:80/failed_active_hc')
    expect(stat('cluster.d.membership_excluded')).toBe(0)
  })

  test('a cluster that replaces another warms by its checks', () => {
    const { manager, network, worker } = testClusters([])
    manager.start()
    manager.addOrUpdateCluster(clusterConfig(staticCluster('a', [80])), { name: 'a' }, '1')
    const old = worker.get('a')
    manager.addOrUpdateCluster(clusterConfig(staticCluster('a', [80], CHECK)), { name: 'a', v: 2 }, '2')
    expect(worker.get('a')).toBe(old)
    network.last.connect()
    expect(worker.get('a')).not.toBe(old)
  })

  test('connections of the TCP proxy end with the health of their host, where that is said', () => {
    const closed = [true, false].map((closes) => {
      const yaml = staticCluster('a', [80], `${CHECK}, close_connections_on_host_health_failure: ${closes}`)
      const { manager, network, worker, dispatcher } = testClusters([yaml])
      manager.start()
      network.last.connect()
      const cluster = worker.get('a')!
      const pick = cluster.chooseHost(ANY_HOST)
      if (pick.kind !== 'host') throw new Error(pick.kind)
      cluster
        .tcpPool(pick.host, 'default', ANY_HOST)
        .newConnection({ onPoolReady: () => undefined, onPoolFailure: () => undefined }, 'close')
      const proxied = network.last
      proxied.connect()
      dispatcher.advance(5000)
      network.last.refuse()
      return proxied.state
    })
    expect(closed).toEqual(['closed', 'open'])
  })

  test('a success of a check puts an ejected host back', () => {
    const states = [true, false].map((unejects) => {
      const detection = `outlier_detection: {max_ejection_percent: 100, consecutive_5xx: 1, successful_active_health_check_uneject_host: ${unejects}}`
      const { manager, network, worker, dispatcher } = testClusters([
        staticCluster('a', [80], `${CHECK}, ${detection}`),
      ])
      manager.start()
      network.last.connect()
      const pick = worker.get('a')!.chooseHost(ANY_HOST)
      if (pick.kind === 'host') pick.host.monitor?.response(500)
      const flags = () => manager.status()[0]!.hosts[0]!.healthFlags.join()
      const before = flags()
      dispatcher.advance(5000)
      network.last.connect()
      return [before, flags()]
    })
    expect(states).toEqual([
      ['failed_outlier_check', ''],
      ['failed_outlier_check', 'failed_outlier_check'],
    ])
  })
})
