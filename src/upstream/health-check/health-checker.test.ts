import { describe, expect, test } from 'bun:test'
import type { TestClusters } from '../testing/test-clusters.ts'
import { ANY_HOST, staticCluster, testClusters } from '../testing/test-clusters.ts'

const TIMES = 'timeout: 1s, interval: 5s, no_traffic_interval: 10s, healthy_threshold: 2, unhealthy_threshold: 2'
const HTTP = `http_health_check: {path: /hz}`

function checked(check: string, ports: readonly number[] = [80], more = '') {
  const clusters = testClusters([staticCluster('a', ports, `health_checks: [{${check}}]${more}`)])
  let ready = false
  clusters.manager.onInitialized(() => (ready = true))
  clusters.manager.start()
  return { ...clusters, isReady: () => ready, ...answers(clusters) }
}

function answers({ network, manager, stat }: TestClusters) {
  return {
    pass: (more = '') => {
      const { last } = network
      if (last.state === 'connecting') last.connect()
      last.receive(`HTTP/1.1 200 OK\r\n${more}content-length: 0\r\n\r\n`)
    },
    answer: (status: number, more = '', body = '') => {
      const { last } = network
      if (last.state === 'connecting') last.connect()
      last.receive(`HTTP/1.1 ${status} x\r\n${more}content-length: ${body.length}\r\n\r\n${body}`)
    },
    flags: (index = 0) => manager.status()[0]!.hosts[index]!.healthFlags.join('/'),
    count: (name: string) => stat(`cluster.a.health_check.${name}`),
    membership: (name: string) => stat(`cluster.a.membership_${name}`),
  }
}

describe('active health checks over HTTP', () => {
  test('the request is that of Envoy, and the first success counts at once', () => {
    const { network, pass, flags, count, isReady, membership } = checked(`${TIMES}, ${HTTP}`)
    expect(flags()).toBe('failed_active_hc')
    expect(isReady()).toBe(false)
    network.last.connect()
    expect(network.last.written).toBe('GET /hz HTTP/1.1\r\nhost: a\r\nuser-agent: Envoy/HC\r\n\r\n')
    pass()
    expect(flags()).toBe('')
    expect(isReady()).toBe(true)
    expect(membership('healthy')).toBe(1)
    expect([count('attempt'), count('success'), count('healthy')]).toEqual([1, 1, 1])
  })

  test('without traffic the other interval counts, and the connection is used again', () => {
    const { network, dispatcher, pass, count } = checked(`${TIMES}, ${HTTP}`)
    pass()
    dispatcher.advance(9999)
    expect(count('attempt')).toBe(1)
    dispatcher.advance(1)
    expect(count('attempt')).toBe(2)
    expect(network.connections).toHaveLength(1)
  })

  test('a wrong status fails the host at once, successes bring it back by the threshold', () => {
    const { dispatcher, pass, answer, flags, count } = checked(`${TIMES}, ${HTTP}`)
    pass()
    dispatcher.advance(10_000)
    answer(503)
    expect(flags()).toBe('failed_active_hc')
    dispatcher.advance(10_000)
    pass()
    expect(flags()).toBe('failed_active_hc')
    dispatcher.advance(10_000)
    pass()
    expect(flags()).toBe('')
    expect([count('failure'), count('network_failure'), count('healthy')]).toEqual([1, 0, 1])
  })

  test('retriable statuses and network failures count towards the threshold', () => {
    const check = `${TIMES}, http_health_check: {path: /, retriable_statuses: [{start: 500, end: 600}]}`
    const { dispatcher, network, pass, answer, flags, count } = checked(check)
    pass()
    dispatcher.advance(10_000)
    answer(500)
    expect(flags()).toBe('')
    dispatcher.advance(10_000)
    network.last.endByPeer()
    expect(flags()).toBe('failed_active_hc')
    expect(count('network_failure')).toBe(1)
  })

  test('what is not answered in time fails, and says so', () => {
    const { dispatcher, network, flags, count } = checked(`${TIMES}, ${HTTP}`)
    network.last.connect()
    dispatcher.advance(1000)
    expect(flags()).toBe('failed_active_hc/active_hc_timeout')
    expect(network.last.state).toBe('closed')
    dispatcher.advance(10_000)
    network.last.refuse()
    expect(flags()).toBe('failed_active_hc')
    expect(count('network_failure')).toBe(2)
  })

  test('the body has to contain the bytes in order', () => {
    const check = `${TIMES}, http_health_check: {path: /, receive: [{text: "61"}, {text: "63"}], response_buffer_size: 3}`
    const { dispatcher, answer, flags } = checked(check)
    answer(200, '', 'abc')
    expect(flags()).toBe('')
    dispatcher.advance(10_000)
    answer(200, '', 'axxc')
    expect(flags()).toBe('failed_active_hc')
  })

  test('a host may call itself degraded, or somebody else', () => {
    const check = `${TIMES}, http_health_check: {path: /, service_name_matcher: {prefix: shop}}`
    const { dispatcher, answer, flags, count, membership } = checked(check)
    answer(200, 'x-envoy-upstream-healthchecked-cluster: shop-1\r\nx-envoy-degraded: true\r\n')
    expect(flags()).toBe('degraded_active_hc')
    expect([membership('healthy'), membership('degraded')]).toEqual([0, 1])
    dispatcher.advance(10_000)
    answer(200, 'x-envoy-upstream-healthchecked-cluster: bakery\r\n')
    expect(flags()).toBe('failed_active_hc/degraded_active_hc')
    expect(count('verify_cluster')).toBe(2)
  })

  test('x-envoy-immediate-health-check-fail in a failure leaves the host out of the count', () => {
    const { answer, flags, membership } = checked(`${TIMES}, ${HTTP}`)
    answer(503, 'x-envoy-immediate-health-check-fail: true\r\n')
    expect(flags()).toBe('failed_active_hc/excluded_via_immediate_hc_fail')
    expect(membership('excluded')).toBe(1)
  })

  test('in the response to a request it fails the host passively', () => {
    const { dispatcher, network, pass, request, flags, count } = checked(`${TIMES}, ${HTTP}`)
    pass()
    const stream = request('a')
    network.last.connect()
    expect(stream.events).toContain('ready')
    stream.upstream?.host?.monitor?.immediateFailure()
    expect(flags()).toBe('failed_active_hc/excluded_via_immediate_hc_fail')
    expect(count('passive_failure')).toBe(1)
    dispatcher.advance(0)
  })

  test('an endpoint may have a port and a name for checks, or none at all', () => {
    const endpoint = (config: string) =>
      `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 80}}, health_check_config: {${config}}}}`
    const assignment = `load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [${endpoint('port_value: 99, hostname: probe')}, ${endpoint('disable_active_health_check: true')}]}]}`
    const clusters = testClusters([`{name: a, health_checks: [{${TIMES}, ${HTTP}}], ${assignment}}`])
    clusters.manager.start()
    const { network, flags } = { ...clusters, ...answers(clusters) }
    expect(network.connections).toHaveLength(1)
    expect(network.last.options.address.text).toBe('127.0.0.1:99')
    network.last.connect()
    expect(network.last.written).toContain('host: probe\r\n')
    expect(flags(1)).toBe('')
  })

  test('without reuse each question has a connection of its own', () => {
    const { dispatcher, network, pass } = checked(`${TIMES}, reuse_connection: false, ${HTTP}`)
    pass()
    expect(network.last.state).toBe('closed')
    dispatcher.advance(10_000)
    expect(network.connections).toHaveLength(2)
  })
})

describe('active health checks over TCP', () => {
  test('a connection is enough, and is closed', () => {
    const { network, flags } = checked(`${TIMES}, tcp_health_check: {}`)
    network.last.connect()
    expect(flags()).toBe('')
    expect(network.last.state).toBe('closed')
  })

  test('bytes are sent, and those that come back may come in pieces', () => {
    const { network, dispatcher, flags, count } = checked(
      `${TIMES}, tcp_health_check: {send: {text: "70"}, receive: [{text: "6f6b"}]}`,
    )
    network.last.connect()
    expect(network.last.written).toBe('p')
    network.last.receive('...ok')
    expect(flags()).toBe('')
    dispatcher.advance(10_000)
    expect(network.last.written).toBe('pp')
    network.last.endByPeer()
    expect(count('network_failure')).toBe(1)
  })
})

describe('what follows from health', () => {
  test('workers hear of the first change at once, of others at the end of the window', () => {
    const { network, dispatcher, worker, manager, stat } = checked(`${TIMES}, tcp_health_check: {}`, [80, 81])
    for (const connection of network.connections) connection.connect()
    const healthy = () => worker.get('a')!.membership.healthy
    expect(healthy()).toBe(2)
    dispatcher.advance(10_000)
    const [, , first, second] = network.connections
    first!.refuse()
    second!.refuse()
    dispatcher.advance(10_000)
    for (const connection of network.connections.slice(4)) connection.refuse()
    expect(stat('cluster.a.membership_healthy')).toBe(0)
    expect(healthy()).toBe(1)
    dispatcher.advance(1000)
    expect(healthy()).toBe(0)
    expect(stat('cluster_manager.cluster_updated_via_merge')).toBe(1)
    expect(worker.get('a')!.chooseHost(ANY_HOST).kind).toBe('host')
    manager.close()
  })

  test('idle connections to a host that fails are closed', () => {
    const { network, dispatcher, pass, answer, request } = checked(`${TIMES}, ${HTTP}`)
    const probe = network.last
    pass()
    request('a')
    const served = network.last
    served.connect()
    served.receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    expect(served.state).toBe('open')
    dispatcher.advance(10_000)
    probe.receive('HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n')
    expect(served.state).toBe('closed')
    void answer
  })

  test('nothing is left when the cluster goes', () => {
    const { network, manager, dispatcher } = checked(`${TIMES}, ${HTTP}`)
    manager.close()
    expect(network.open).toBe(0)
    dispatcher.advance(60_000)
    expect(network.connections).toHaveLength(1)
  })
})
