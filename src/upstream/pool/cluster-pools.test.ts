import { expect, test } from 'bun:test'
import type { Connection } from '../../api/network.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { parseIpAddress } from '../../network/address.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { RecordedStream } from '../testing/recorded-stream.ts'
import { ANY_HOST, staticCluster, testClusters } from '../testing/test-clusters.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
const CLOSE = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

/** A request of the downstream connection of this number. */
function ask(clusters: ReturnType<typeof testClusters>, id: number): RecordedStream {
  return askFor(clusters, { id, info: {} } as Connection)
}

function askFor({ worker }: ReturnType<typeof testClusters>, downstreamConnection: Connection): RecordedStream {
  const context: LoadBalancerContext = { ...ANY_HOST, downstreamConnection }
  const cluster = worker.get('a')!
  const pick = cluster.chooseHost(context)
  if (pick.kind !== 'host') throw new Error('no host')
  const stream = new RecordedStream()
  stream.onReady = (encoder) => encoder.encodeHeaders(newRequestHeaders('GET', '/', 'a'), true)
  const pool = cluster.httpPool(pick.host, 'default', context)
  if (pool === undefined) stream.events.push('no pool')
  else pool.newStream(stream, stream)
  return stream
}

test('connection_pool_per_downstream_connection: connections are kept for the downstream that they were made for', () => {
  const clusters = testClusters([staticCluster('a', [80], 'connection_pool_per_downstream_connection: true')])
  clusters.manager.start()
  const { network } = clusters
  ask(clusters, 1)
  network.last.connect()
  network.last.receive(OK)
  ask(clusters, 2)
  expect(network.connections).toHaveLength(2)
  network.last.connect()
  network.last.receive(OK)
  expect([ask(clusters, 1).events, ask(clusters, 2).events]).toEqual([['ready'], ['ready']])
  expect(network.connections).toHaveLength(2)
})

test('a pool of a downstream connection goes with its last connection and makes room for another', () => {
  const limit = 'circuit_breakers: {thresholds: [{max_connection_pools: 1}]}'
  const clusters = testClusters([staticCluster('a', [80], `connection_pool_per_downstream_connection: true, ${limit}`)])
  clusters.manager.start()
  const { network, stat } = clusters
  ask(clusters, 1)
  network.last.connect()
  expect(ask(clusters, 2).events).toEqual(['no pool'])
  expect(stat('cluster.a.upstream_cx_pool_overflow')).toBe(1)
  network.last.receive(CLOSE)
  ask(clusters, 2)
  network.last.refuse()
  ask(clusters, 3)
  network.last.connect()
  expect(network.open).toBe(1)
})

test('a host without connections leaves its place to another one', () => {
  const limit = 'circuit_breakers: {thresholds: [{max_connection_pools: 1}]}'
  const clusters = testClusters([staticCluster('a', [80, 81], limit)])
  clusters.manager.start()
  const { network, stat } = clusters
  for (let n = 0; n < 4; n++) {
    expect(ask(clusters, n).events).toEqual([])
    network.last.connect()
    network.last.receive(CLOSE)
  }
  expect(stat('cluster.a.upstream_cx_pool_overflow')).toBe(0)
  // Not while it has one.
  ask(clusters, 4)
  network.last.connect()
  network.last.receive(OK)
  expect(ask(clusters, 5).events).toEqual(['no pool'])
  expect(ask(clusters, 6).events).toEqual(['ready'])
})

test('a cluster that goes ends the connections of all its pools', () => {
  const clusters = testClusters([staticCluster('a', [80], 'connection_pool_per_downstream_connection: true')])
  clusters.manager.start()
  for (const id of [1, 2]) {
    ask(clusters, id)
    clusters.network.last.connect()
    clusters.network.last.receive(OK)
  }
  clusters.worker.apply({ kind: 'cluster.remove', name: 'a', forget: '' })
  expect(clusters.network.open).toBe(0)
})

test('connections that come from the client: no two clients share one', () => {
  const clusters = testClusters([staticCluster('a', [80])])
  clusters.manager.start()
  const { network } = clusters
  const from = (ip: string, mark: number): Connection =>
    ({ id: 1, info: { upstreamSource: { address: parseIpAddress(ip, 4711), mark } } }) as Connection
  const clients = [from('10.1.1.1', 0), from('10.1.1.2', 0), from('10.1.1.2', 9)]
  for (const client of clients) {
    askFor(clusters, client)
    network.last.connect()
    network.last.receive(OK)
  }
  expect(clients.map((client) => askFor(clusters, client).events)).toEqual([['ready'], ['ready'], ['ready']])
  ask(clusters, 1)
  const options = network.connections.map((connection) => connection.options)
  expect(options.map(({ sourceAddress }) => sourceAddress?.text)).toEqual([
    '10.1.1.1:0',
    '10.1.1.2:0',
    '10.1.1.2:0',
    undefined,
  ])
  const names = options.map(({ socketOptions }) => socketOptions?.filter(({ family }) => family !== 6))
  expect(names.map((list) => list?.map(({ name, value, state }) => `${name} ${String(value)} ${state}`))).toEqual([
    ['19 1 STATE_PREBIND', '19 1 STATE_BOUND'],
    ['19 1 STATE_PREBIND', '19 1 STATE_BOUND'],
    ['36 9 STATE_PREBIND', '19 1 STATE_PREBIND', '19 1 STATE_BOUND'],
    [],
  ])
})

test('connections of a raw kind come from the client, too', () => {
  const clusters = testClusters([staticCluster('a', [80])])
  clusters.manager.start()
  const cluster = clusters.worker.get('a')!
  const upstreamSource = { address: parseIpAddress('10.1.1.1', 4711), mark: 0 }
  const context = { ...ANY_HOST, downstreamConnection: { id: 1, info: { upstreamSource } } as Connection }
  const pick = cluster.chooseHost(context)
  if (pick.kind !== 'host') throw new Error('no host')
  const callbacks = { onPoolReady: () => {}, onPoolFailure: () => {} }
  cluster.tcpPool(pick.host, 'default', context).newConnection(callbacks, 'close')
  expect(clusters.network.last.options.sourceAddress?.text).toBe('10.1.1.1:0')
})
