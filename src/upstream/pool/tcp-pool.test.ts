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
    return cluster.tcpPool(pick.host, 'default', ANY_HOST).newConnection({
      onPoolReady: () => void events.push(`${name} ready`),
      onPoolFailure: (reason) => void events.push(`${name} ${reason}`),
    })
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
  cluster.tcpPool(pick.host, 'default', ANY_HOST).newConnection(callbacks)
  const { last } = clusters.network
  last.connect()
  clusters.dispatcher.advance(5000)
  expect(last.state).toBe('open')
  const counts = ['upstream_cx_max_requests', 'upstream_cx_max_duration_reached']
  expect(counts.map((name) => clusters.stat(`cluster.a.${name}`))).toEqual([1, 1])
})
