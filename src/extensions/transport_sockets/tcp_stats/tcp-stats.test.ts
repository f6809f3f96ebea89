import { describe, expect, test } from 'bun:test'
import type { TransportConnection } from '../../../api/transport-socket.ts'
import type { TcpInfo } from '../../../network/tcp-info.ts'
import { MergedStats } from '../../../stats/merged-stats.ts'
import { StatsStore } from '../../../stats/stats-store.ts'
import { nothingCounted, TcpStats } from './tcp-stats.ts'
import { TcpStatsSocket } from './tcp-stats-socket.ts'

const INFO: TcpInfo = {
  rttUs: 30,
  rttVarianceUs: 10,
  segmentsOut: 5,
  segmentsIn: 4,
  dataSegmentsOut: 3,
  dataSegmentsIn: 2,
  retransmitted: 1,
  bytesReceived: 100,
  bytesSent: 200,
  unsentBytes: 7,
  unacknowledged: 2,
}

describe('tcp_stats', () => {
  test('counters count what is new of each connection, gauges what there is of all', () => {
    const store = new StatsStore()
    const stats = new TcpStats(store.root.scope('cluster.c'))
    const merged = new MergedStats(store)
    const value = (name: string): number | undefined => {
      const full = `cluster.c.tcp_stats.${name}`
      return merged.counter(full)?.value ?? merged.gauge(full)?.value
    }
    const one = nothingCounted()
    const other = nothingCounted()
    stats.record(INFO, one)
    stats.record(INFO, other)
    stats.record({ ...INFO, bytesSent: 250, unsentBytes: 0 }, one)
    expect([value('cx_tx_bytes_sent'), value('cx_rx_bytes_received')]).toEqual([450, 200])
    expect([value('cx_tx_segments'), value('cx_rx_segments')]).toEqual([10, 8])
    expect([value('cx_tx_data_segments'), value('cx_rx_data_segments')]).toEqual([6, 4])
    expect(value('cx_tx_retransmitted_segments')).toBe(2)
    expect([value('cx_tx_unsent_bytes'), value('cx_tx_unacked_segments')]).toEqual([7, 4])
    stats.forget(one)
    stats.forget(other)
    expect([value('cx_tx_unsent_bytes'), value('cx_tx_unacked_segments')]).toEqual([0, 0])
  })

  test('a connection without a socket is left alone', () => {
    let done = 0
    const socket = new TcpStatsSocket(new TcpStats(new StatsStore().root), 10, undefined)
    socket.start({} as TransportConnection, () => done++)
    socket.onEvent('remote-close')
    expect(done).toBe(1)
  })
})
