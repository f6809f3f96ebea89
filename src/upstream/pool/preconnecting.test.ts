import { expect, test } from 'bun:test'
import { staticCluster, testClusters } from '../testing/test-clusters.ts'

function started(ports: readonly number[], policy: string, more = '') {
  const clusters = testClusters([staticCluster('a', ports, `preconnect_policy: {${policy}}${more}`)])
  clusters.manager.start()
  return clusters
}

const addresses = ({ network }: ReturnType<typeof started>) =>
  network.connections.map(({ options }) => options.address.text.replace('127.0.0.1:', ''))

test('a host has a connection more than it needs', () => {
  const clusters = started([80], 'per_upstream_preconnect_ratio: 2')
  const { network, request } = clusters
  const first = request('a')
  expect(network.connections).toHaveLength(2)
  network.connections[1]!.connect()
  expect(first.events).toEqual(['ready'])
  network.connections[0]!.connect()
  const second = request('a')
  expect(second.events).toEqual(['ready'])
  expect(network.connections).toHaveLength(4)
})

test('circuit breakers limit what is made ahead', () => {
  const limit = ', circuit_breakers: {thresholds: [{max_connections: 2}]}'
  const { network, request, stat } = started([80], 'per_upstream_preconnect_ratio: 3', limit)
  request('a')
  expect(network.connections).toHaveLength(2)
  expect(stat('cluster.a.upstream_cx_overflow')).toBe(1)
})

test('a connection that was made ahead and fails takes with it who waits', () => {
  const { network, request } = started([80], 'per_upstream_preconnect_ratio: 2')
  const stream = request('a')
  network.connections[1]!.refuse('no')
  expect(stream.events).toEqual(['failure:remote-connection-failure:no'])
  network.connections[0]!.connect()
  expect(request('a').events).toEqual(['ready'])
})

test('hosts that come next are connected before they are needed, and come next', () => {
  const clusters = started([81, 82, 83], 'predictive_preconnect_ratio: 3')
  const { network, request } = clusters
  const hosts = [request('a'), request('a')].map((stream) => {
    for (const connection of network.connections) if (connection.state === 'connecting') connection.connect()
    return stream.upstream?.host?.address.text
  })
  expect(new Set(hosts).size).toBe(2)
  const made = addresses(clusters)
  expect(new Set(made.slice(0, 3)).size).toBe(3)
})

test('policies that cannot tell make none ahead', () => {
  const { network, request } = started([81, 82, 83], 'predictive_preconnect_ratio: 3', ', lb_policy: LEAST_REQUEST')
  request('a')
  expect(network.connections).toHaveLength(1)
})
