import { describe, expect, test } from 'bun:test'
import type { TestClusters } from '../testing/test-clusters.ts'
import { testClusters } from '../testing/test-clusters.ts'

const address = (ip: string) => `{socket_address: {address: "${ip}", port_value: 80}}`

function racing(ips: readonly string[], more = ''): TestClusters {
  const [first = '', ...others] = ips
  const additional = others.map((ip) => `{address: ${address(ip)}}`).join()
  const endpoint = `{endpoint: {address: ${address(first)}, additional_addresses: [${additional}]}}`
  const assignment = `{cluster_name: a, endpoints: [{lb_endpoints: [${endpoint}]}]}`
  const clusters = testClusters([`{name: a, load_assignment: ${assignment}${more}}`])
  clusters.manager.start()
  return clusters
}

const THREE = ['127.0.0.1', '127.0.0.2', '127.0.0.3']
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
const tried = ({ network }: TestClusters) => network.connections.map(({ options }) => options.address.text)

describe('several addresses of a host', () => {
  test('the first one that answers in time is the only one', () => {
    const clusters = racing(THREE)
    const stream = clusters.request('a')
    clusters.dispatcher.advance(299)
    clusters.network.last.connect()
    clusters.dispatcher.advance(1000)
    clusters.network.last.receive(OK)
    expect([tried(clusters), stream.events]).toEqual([['127.0.0.1:80'], ['ready', '200', 'end']])
    expect(clusters.stat('cluster.a.upstream_cx_total')).toBe(1)
  })

  test('the next one is tried 300 ms later, and at once after a failure', () => {
    const clusters = racing(THREE)
    const stream = clusters.request('a')
    clusters.dispatcher.advance(300)
    expect(tried(clusters)).toEqual(['127.0.0.1:80', '127.0.0.2:80'])
    clusters.network.last.refuse()
    expect(tried(clusters)).toEqual(['127.0.0.1:80', '127.0.0.2:80', '127.0.0.3:80'])
    clusters.network.connections[0]!.connect()
    expect(clusters.network.connections.map(({ state }) => state)).toEqual(['open', 'closed', 'closed'])
    clusters.network.connections[0]!.receive(OK)
    expect(stream.events).toEqual(['ready', '200', 'end'])
    expect(stream.upstream?.remoteAddress?.text).toBe('127.0.0.1:80')
    expect(stream.upstream?.host?.address.text).toBe('127.0.0.1:80')
    expect(clusters.stat('cluster.a.upstream_cx_total')).toBe(3)
    expect(clusters.stat('cluster.a.upstream_cx_active')).toBe(1)
    expect(clusters.stat('cluster.a.upstream_cx_connect_fail')).toBe(0)
  })

  test('when all refuse the request fails with the reason of the last', () => {
    const clusters = racing(['127.0.0.1', '::1'])
    const stream = clusters.request('a')
    clusters.network.last.refuse('first')
    clusters.network.last.refuse('second')
    expect(stream.events).toEqual(['failure:remote-connection-failure:second'])
    expect(clusters.stat('cluster.a.upstream_cx_connect_fail')).toBe(1)
    expect(clusters.stat('cluster.a.upstream_cx_destroy')).toBe(1)
    clusters.dispatcher.advance(10_000)
    expect(clusters.network.connections).toHaveLength(2)
  })

  test('the connect timeout ends all attempts', () => {
    const clusters = racing(THREE, ', connect_timeout: 0.4s')
    const stream = clusters.request('a')
    clusters.dispatcher.advance(400)
    expect(stream.events).toEqual(['failure:timeout'])
    expect(clusters.network.open).toBe(0)
    expect(clusters.stat('cluster.a.upstream_cx_connect_timeout')).toBe(1)
    expect(clusters.stat('cluster.a.upstream_cx_active')).toBe(0)
    clusters.dispatcher.advance(1000)
    expect(clusters.network.connections).toHaveLength(2)
  })

  test('happy_eyeballs_config says which family goes first', () => {
    const config = '{first_address_family_version: V6, first_address_family_count: 2}'
    const clusters = racing(
      ['127.0.0.1', '::1', '::2', '::3'],
      `, upstream_connection_options: {happy_eyeballs_config: ${config}}`,
    )
    clusters.request('a')
    for (let i = 0; i < 3; i++) clusters.network.last.refuse()
    expect(tried(clusters)).toEqual(['[::1]:80', '[::2]:80', '127.0.0.1:80', '[::3]:80'])
  })
})
