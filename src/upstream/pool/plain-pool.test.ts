import { expect, test } from 'bun:test'
import { ANY_HOST, staticCluster, testClusters } from '../testing/test-clusters.ts'

function limited(perHost: number) {
  const more = `circuit_breakers: {per_host_thresholds: [{max_connections: ${perHost}}]}`
  const clusters = testClusters([staticCluster('a', [80], more)])
  clusters.manager.start()
  const cluster = clusters.worker.get('a')!
  const events: string[] = []
  const connect = (name: string) => {
    const pick = cluster.chooseHost(ANY_HOST)
    if (pick.kind !== 'host') throw new Error('no host')
    const callbacks = {
      onPoolReady: () => void events.push(`${name} ready`),
      onPoolFailure: (reason: string) => void events.push(`${name} ${reason}`),
    }
    return cluster.tcpPool(pick.host, 'default', ANY_HOST).newConnection(callbacks, 'close')
  }
  const stats = (...names: string[]) => names.map((name) => clusters.stat(`cluster.a.${name}`))
  return { ...clusters, connect, events, stats }
}

test('connections of one host: the next waits until one has ended', () => {
  const { network, connect, events, stats } = limited(1)
  connect('first')
  network.last.connect()
  const first = network.last
  connect('second')
  connect('third')
  expect(network.connections).toHaveLength(1)
  expect(stats('upstream_cx_overflow', 'upstream_rq_pending_active')).toEqual([2, 2])
  first.endByPeer()
  expect(network.connections).toHaveLength(2)
  expect(stats('upstream_cx_overflow')).toEqual([3])
  network.last.connect()
  // As in Envoy, who waits tries again whenever something happens.
  expect(stats('upstream_cx_overflow')).toEqual([4])
  network.last.endByPeer()
  network.last.refuse()
  expect(events).toEqual(['first ready', 'second ready', 'third remote-connection-failure'])
  expect(stats('upstream_rq_pending_active', 'upstream_cx_active', 'upstream_rq_active')).toEqual([0, 0, 0])
})

test('who gives up while waiting is not served', () => {
  const { network, connect, events, stats } = limited(1)
  connect('first')
  network.last.connect()
  const second = connect('second')
  second?.cancel()
  network.last.endByPeer()
  expect(network.connections).toHaveLength(1)
  expect(events).toEqual(['first ready'])
  expect(stats('upstream_rq_pending_active', 'upstream_rq_cancelled')).toEqual([0, 1])
})

test('one is always allowed', () => {
  const { network, connect, events } = limited(0)
  connect('first')
  network.last.connect()
  expect(events).toEqual(['first ready'])
})

test('limits that a plain connection comes to are counted, and nothing else', () => {
  const options = 'max_requests_per_connection: 1, common_http_protocol_options: {max_connection_duration: 2s}'
  const clusters = testClusters([staticCluster('a', [80], options)])
  clusters.manager.start()
  const cluster = clusters.worker.get('a')!
  const pick = cluster.chooseHost(ANY_HOST)
  if (pick.kind !== 'host') throw new Error('no host')
  const callbacks = { onPoolReady: () => undefined, onPoolFailure: () => undefined }
  cluster.tcpPool(pick.host, 'default', ANY_HOST).newConnection(callbacks, 'close')
  const { last } = clusters.network
  last.connect()
  clusters.dispatcher.advance(5000)
  expect(last.state).toBe('open')
  const counts = ['upstream_cx_max_requests', 'upstream_cx_max_duration_reached']
  expect(counts.map((name) => clusters.stat(`cluster.a.${name}`))).toEqual([1, 1])
})

/** A cluster that is to have connections ahead. */
function ahead(more = '') {
  const clusters = testClusters([
    staticCluster('a', [80], `preconnect_policy: {per_upstream_preconnect_ratio: 2}${more}`),
  ])
  clusters.manager.start()
  const cluster = clusters.worker.get('a')!
  const events: string[] = []
  const connect = (name: string, whenCancelled: 'close' | 'keep' = 'close') => {
    const pick = cluster.chooseHost(ANY_HOST)
    if (pick.kind !== 'host') throw new Error('no host')
    const callbacks = {
      onPoolReady: ({ id }: { readonly id: number }) => void events.push(`${name} has ${id}`),
      onPoolFailure: (reason: string) => void events.push(`${name} ${reason}`),
    }
    return cluster.tcpPool(pick.host, 'default', ANY_HOST).newConnection(callbacks, whenCancelled)
  }
  return { ...clusters, connect, events, states: () => clusters.network.connections.map(({ state }) => state) }
}

test('a connection ahead is not read from until it is used; the latest is used first', () => {
  const { network, connect, events } = ahead()
  connect('first')
  for (const connection of network.connections) connection.connect()
  const [used, idle] = network.connections
  expect([used!.readDisabled, idle!.readDisabled, events]).toEqual([0, 1, ['first has 1']])
  connect('second')
  expect([idle!.readDisabled, events]).toEqual([0, ['first has 1', 'second has 2']])
  for (const connection of network.connections.slice(2)) connection.connect()
  connect('third')
  expect(events.at(-1)).toBe('third has 4')
})

test('connections ahead that nobody uses end by the idle timeout, by their age and by the peer', () => {
  const type = 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions'
  const idle = `, typed_extension_protocol_options: {${type}: {"@type": type.googleapis.com/${type}, idle_timeout: 3s}}`
  const ends = [idle, ', common_http_protocol_options: {max_connection_duration: 3s}', ''].map((more) => {
    const { network, connect, dispatcher, states, stat } = ahead(more)
    connect('first')
    for (const connection of network.connections) connection.connect()
    dispatcher.advance(5000)
    if (more === '') network.last.endByPeer()
    const counts = ['cx_idle_timeout', 'cx_max_duration_reached', 'cx_destroy_with_active_rq']
    return [...states(), ...counts.map((name) => stat(`cluster.a.upstream_${name}`))]
  })
  expect(ends).toEqual([
    ['open', 'closed', 1, 0, 0],
    ['open', 'closed', 0, 2, 0],
    ['open', 'closed', 0, 0, 0],
  ])
})

test('who gives up leaves a connection to those who come, or none', () => {
  const kept = limited(5)
  const [pick] = [kept.worker.get('a')!.chooseHost(ANY_HOST)]
  if (pick.kind !== 'host') throw new Error('no host')
  const events: string[] = []
  const callbacks = { onPoolReady: () => void events.push('ready'), onPoolFailure: () => void events.push('failure') }
  const pool = kept.worker.get('a')!.tcpPool(pick.host, 'default', ANY_HOST)
  pool.newConnection(callbacks, 'keep')?.cancel()
  kept.network.last.connect()
  expect([events, kept.network.open]).toEqual([[], 1])
  pool.newConnection(callbacks, 'keep')
  expect([events, kept.network.open]).toEqual([['ready'], 1])
  pool.newConnection(callbacks, 'close')?.cancel()
  expect([events, kept.network.open]).toEqual([['ready'], 1])
})
