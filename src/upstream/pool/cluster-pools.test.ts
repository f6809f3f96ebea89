import { expect, test } from 'bun:test'
import type { Connection } from '../../api/network.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { RecordedStream } from '../testing/recorded-stream.ts'
import { ANY_HOST, staticCluster, testClusters } from '../testing/test-clusters.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
const CLOSE = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

/** A request of the downstream connection of this number. */
function ask({ worker }: ReturnType<typeof testClusters>, id: number): RecordedStream {
  const context: LoadBalancerContext = { ...ANY_HOST, downstreamConnection: { id } as Connection }
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
