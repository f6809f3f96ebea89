import { describe, expect, test } from 'bun:test'
import type { Connection } from '../../api/network.ts'
import type { FilterStateObject, StreamInfo } from '../../api/stream-info.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { parseIpPort } from '../../network/ip-port.ts'
import { ANY_HOST, testClusters } from '../testing/test-clusters.ts'

interface Wish {
  readonly header?: string
  readonly headerName?: string
  readonly state?: string
  readonly metadata?: unknown
  readonly connectionMetadata?: unknown
  readonly restored?: string
}

/** A request with whatever says where it is to go. */
function wish({ header, headerName = 'x-envoy-original-dst-host', ...more }: Wish): LoadBalancerContext {
  const { state, metadata, connectionMetadata, restored } = more
  const streamInfo = (value: unknown): StreamInfo =>
    ({
      filterState: {
        get: () => (state === undefined ? undefined : ({ address: parseIpPort(state) } as FilterStateObject)),
      },
      dynamicMetadata: new Map([['m', { a: value }]]),
    }) as unknown as StreamInfo
  const requestHeaders = newRequestHeaders('GET', '/', 'a.test')
  if (header !== undefined) requestHeaders.add(headerName, header)
  const localAddress = parseIpPort(restored ?? '10.0.0.1:80')
  const info = { localAddress, ...(restored === undefined ? {} : { directLocalAddress: parseIpPort('10.0.0.1:80') }) }
  return {
    ...ANY_HOST,
    requestHeaders,
    streamInfo: streamInfo(metadata),
    downstreamConnection: { info, streamInfo: streamInfo(connectionMetadata) } as unknown as Connection,
  }
}

function started(config = '', more = '') {
  const lbConfig = config === '' ? '' : `, original_dst_lb_config: {${config}}`
  const yaml = `{name: a, type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED${lbConfig}${more}}`
  const clusters = testClusters([yaml])
  clusters.manager.start()
  const chosen = (of: Wish): string | undefined => {
    const pick = clusters.worker.get('a')!.chooseHost(wish(of))
    return pick.kind === 'host' ? pick.host.address.text : undefined
  }
  const hosts = () => {
    clusters.dispatcher.advance(0)
    return clusters.manager.status()[0]!.hosts
  }
  return { ...clusters, chosen, hosts, texts: () => hosts().map(({ address }) => address.text) }
}

const HEADER = 'use_http_header: true'

describe('where requests go', () => {
  test('to the restored address of the connection, and to no other', () => {
    const { chosen, stat } = started()
    expect(chosen({ restored: '1.2.3.4:80' })).toBe('1.2.3.4:80')
    expect(chosen({ header: '5.6.7.8:80' })).toBeUndefined()
    expect(stat('cluster.a.upstream_cx_none_healthy')).toBe(1)
  })

  test('filter state comes before metadata, metadata before the header, the header before the connection', () => {
    const { chosen } = started(`${HEADER}, metadata_key: {key: m, path: [{key: a}]}`)
    const all = { state: '1.1.1.1:1', metadata: '2.2.2.2:2', header: '3.3.3.3:3', restored: '4.4.4.4:4' }
    expect(chosen(all)).toBe('1.1.1.1:1')
    const { state: _, ...withoutState } = all
    expect(chosen(withoutState)).toBe('2.2.2.2:2')
    expect(chosen({ ...withoutState, metadata: ['5.5.5.5:5', '6.6.6.6:6'] })).toBe('5.5.5.5:5')
    expect(chosen({ header: '3.3.3.3:3', connectionMetadata: '7.7.7.7:7' })).toBe('7.7.7.7:7')
    expect(chosen({ metadata: 8, header: '3.3.3.3:3', restored: '4.4.4.4:4' })).toBe('3.3.3.3:3')
    expect(chosen({ restored: '4.4.4.4:4' })).toBe('4.4.4.4:4')
  })

  test('what is no address counts, and the next one is asked', () => {
    const { chosen, stat } = started(`${HEADER}, metadata_key: {key: m, path: [{key: a}]}`)
    expect(chosen({ metadata: 'x', header: 'localhost:80', restored: '4.4.4.4:4' })).toBe('4.4.4.4:4')
    expect(stat('cluster.a.original_dst_host_invalid')).toBe(2)
  })

  test('the header has the name that is configured, the port the number', () => {
    const { chosen } = started(`${HEADER}, http_header_name: X-Where, upstream_port_override: 9`)
    expect(chosen({ header: '1.1.1.1:1' })).toBeUndefined()
    expect(chosen({ headerName: 'x-where', header: '1.1.1.1:1' })).toBe('1.1.1.1:9')
    expect(chosen({ headerName: 'x-where', header: '[::1]:1' })).toBe('[::1]:9')
    expect(chosen({ restored: '2.2.2.2:2' })).toBe('2.2.2.2:9')
  })
})

describe('hosts', () => {
  test('they appear with their first request', () => {
    const { chosen, hosts, stat, worker } = started(HEADER)
    chosen({ header: '1.1.1.1:1' })
    chosen({ header: '2.2.2.2:2' })
    chosen({ header: '1.1.1.1:1' })
    expect(hosts().map(({ hostname }) => hostname)).toEqual(['a1.1.1.1:1', 'a2.2.2.2:2'])
    expect(worker.get('a')!.membership).toEqual({ total: 2, healthy: 2 })
    expect([stat('cluster.a.membership_change'), stat('cluster.a.membership_total')]).toEqual([2, 2])
    expect(stat('cluster.a.default.total_match_count')).toBe(2)
  })

  test('what was counted before the main thread knew of a host is kept', () => {
    const { worker, hosts } = started(HEADER)
    const pick = worker.get('a')!.chooseHost(wish({ header: '1.1.1.1:1' }))
    if (pick.kind !== 'host') throw new Error('no host')
    pick.host.stats.rqTotal()
    expect(hosts()[0]?.stats.rqTotal).toBe(1)
    pick.host.stats.rqTotal()
    expect(hosts()[0]?.stats.rqTotal).toBe(2)
    expect(worker.get('a')!.chooseHost(wish({ header: '1.1.1.1:1' }))).toBe(pick)
  })

  test('two threads that need the same host at once make two, and agree on one from then on', () => {
    const { manager, worker, chosen, texts } = started(HEADER)
    manager.onHostFound('a', parseIpPort('1.1.1.1:1')!, 'worker_1/1')
    manager.onHostFound('a', parseIpPort('1.1.1.1:1')!, 'worker_2/1')
    expect(texts()).toEqual(['1.1.1.1:1', '1.1.1.1:1'])
    expect(chosen({ header: '1.1.1.1:1' })).toBe('1.1.1.1:1')
    expect(texts().length).toBe(2)
    expect(worker.get('a')!.membership.total).toBe(2)
  })

  test('they go when nobody has used them between two looks', () => {
    const { chosen, texts, dispatcher, stat, worker } = started(HEADER, ', cleanup_interval: 2s')
    const use = (header: string): void => {
      const pick = worker.get('a')!.chooseHost(wish({ header }))
      if (pick.kind === 'host') pick.host.stats.rqTotal()
    }
    use('1.1.1.1:1')
    use('2.2.2.2:2')
    dispatcher.advance(2000) // both are new
    use('1.1.1.1:1')
    dispatcher.advance(2000)
    expect(texts()).toEqual(['1.1.1.1:1'])
    dispatcher.advance(2000)
    expect(texts()).toEqual([])
    expect([stat('cluster.a.membership_change'), stat('cluster.a.membership_total')]).toEqual([4, 0])
    expect(chosen({ header: '1.1.1.1:1' })).toBe('1.1.1.1:1')
    expect(texts()).toEqual(['1.1.1.1:1'])
  })

  test('a connection keeps its host', () => {
    const { worker, network, texts, dispatcher } = started(HEADER)
    const cluster = worker.get('a')!
    const pick = cluster.chooseHost(wish({ header: '1.1.1.1:1' }))
    if (pick.kind !== 'host') throw new Error('no host')
    const pool = cluster.tcpPool(pick.host, 'default', ANY_HOST)
    pool.newConnection({ onPoolReady: () => undefined, onPoolFailure: () => undefined }, 'close')
    network.last.connect()
    dispatcher.advance(20_000)
    expect(texts()).toEqual(['1.1.1.1:1'])
    network.last.close('no-flush')
    dispatcher.advance(10_000)
    expect(texts()).toEqual([])
  })
})
