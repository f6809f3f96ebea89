import { describe, expect, test } from 'bun:test'
import { clusterConfig, staticCluster, testClusters } from '../../../upstream/testing/test-clusters.ts'
import { extension } from './extension.ts'

const TYPE = 'type.googleapis.com/envoy.extensions.health_checkers.redis.v3.Redis'
const OPTIONS = 'type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions'
const TIMES = 'timeout: 1s, interval: 5s, no_traffic_interval: 60s, healthy_threshold: 1, unhealthy_threshold: 2'
const PING = '*1\r\n$4\r\nPING\r\n'

function checked(more: { readonly key?: string; readonly check?: string; readonly cluster?: string } = {}) {
  const custom = `custom_health_check: {name: r, typed_config: {"@type": ${TYPE}, key: '${more.key ?? ''}'}}`
  const checks = `health_checks: [{${TIMES}, ${custom}, ${more.check ?? ''}}]`
  const yaml = staticCluster('a', [80], `${checks}${more.cluster ?? ''}`)
  const clusters = testClusters([clusterConfig(yaml, undefined, [extension])])
  clusters.manager.start()
  const { network, manager, stat } = clusters
  return {
    ...clusters,
    answer: (text: string) => {
      if (network.last.state === 'connecting') network.last.connect()
      network.last.receive(text)
    },
    flags: () => manager.status()[0]!.hosts[0]!.healthFlags.join('/'),
    count: (name: string) => stat(`cluster.a.${name}`),
  }
}

describe('health checks of Redis servers', () => {
  test('a PONG is well, on one connection that counts as traffic', () => {
    const { answer, flags, count, dispatcher, network } = checked()
    answer('+PONG\r\n')
    expect(flags()).toBe('')
    // Not the interval of clusters without traffic.
    dispatcher.advance(5000)
    expect(network.last.written).toBe(PING + PING)
    expect([count('upstream_cx_total'), count('upstream_cx_active'), count('upstream_rq_total')]).toEqual([1, 1, 2])
    answer('+PO')
    expect(count('upstream_rq_active')).toBe(1)
    answer('NG\r\n')
    expect([count('upstream_rq_active'), count('health_check.success')]).toEqual([0, 2])
  })

  test('another answer fails a host at once, a network failure by the threshold', () => {
    const { answer, flags, count, dispatcher } = checked()
    answer('+PONG\r\n')
    dispatcher.advance(5000)
    answer('-CLUSTERDOWN x\r\n')
    expect(flags()).toBe('')
    dispatcher.advance(5000)
    answer('-ERR\r\n')
    expect(flags()).toBe('failed_active_hc')
    expect([count('health_check.network_failure'), count('health_check.failure')]).toEqual([1, 2])
  })

  test('a key that is there takes the server out of use', () => {
    const { answer, flags, count, network, dispatcher } = checked({ key: 'down' })
    answer(':0\r\n')
    expect(network.last.written).toBe('*2\r\n$6\r\nEXISTS\r\n$4\r\ndown\r\n')
    expect(flags()).toBe('')
    dispatcher.advance(5000)
    answer(':1\r\n')
    expect(flags()).toBe('failed_active_hc')
    expect(count('health_check.redis.exists_failure')).toBe(1)
  })

  test('servers that send others elsewhere are well', () => {
    for (const answer of ['-MOVED 1 1.2.3.4:5\r\n', '-ASK 1 1.2.3.4:5\r\n', '!9\r\nMOVED 1 2\r\n']) {
      const server = checked()
      server.answer(answer)
      expect(server.flags()).toBe('')
    }
  })

  test('without reuse each question has a connection, with its login', () => {
    const single =
      'credentials: [{address: {socket_address: {address: 127.0.0.1, port_value: 80}}, auth_password: {inline_string: x}}]'
    const login = `auth_username: {inline_string: joe}, auth_password: {inline_string: secret}, ${single}`
    const options = `{"@type": ${OPTIONS}, ${login}}`
    const cluster = `, typed_extension_protocol_options: {envoy.filters.network.redis_proxy: ${options}}`
    const { answer, count, network, dispatcher } = checked({ check: 'reuse_connection: false', cluster })
    answer('+OK\r\n')
    expect(network.last.written).toBe(`*3\r\n$4\r\nauth\r\n$3\r\njoe\r\n$6\r\nsecret\r\n${PING}`)
    expect(count('health_check.success')).toBe(0)
    answer('+PONG\r\n')
    dispatcher.advance(5000)
    expect(network.connections).toHaveLength(2)
    expect(network.connections[0]!.state).toBe('closed')
    expect([count('upstream_cx_destroy_local'), count('upstream_cx_destroy_with_active_rq')]).toEqual([1, 0])
  })

  test('a timeout ends the connection and counts its question as cancelled', () => {
    const { flags, count, network, dispatcher } = checked()
    network.last.connect()
    dispatcher.advance(1000)
    expect(flags()).toBe('failed_active_hc/active_hc_timeout')
    expect(network.last.state).toBe('closed')
    expect([count('upstream_rq_cancelled'), count('upstream_cx_destroy_local_with_active_rq')]).toEqual([1, 1])
  })

  test('a connection that is never there ends with the timeout of the cluster', () => {
    const { count, dispatcher } = checked({ check: 'timeout: 2s', cluster: ', connect_timeout: 1s' })
    dispatcher.advance(1000)
    expect([count('upstream_cx_connect_timeout'), count('health_check.network_failure')]).toEqual([1, 1])
    expect(count('upstream_cx_connect_fail')).toBe(0)
  })

  test('bytes against the protocol end the connection, refusals are failures to connect', () => {
    const { answer, count, network, dispatcher } = checked()
    answer('@')
    expect(network.last.state).toBe('closed')
    expect([count('upstream_cx_protocol_error'), count('health_check.network_failure')]).toEqual([1, 1])
    dispatcher.advance(5000)
    network.last.refuse()
    expect([count('upstream_cx_connect_fail'), count('upstream_cx_destroy_remote')]).toEqual([1, 1])
  })

  test('the end of a connection without a question is no failure', () => {
    const { answer, count, network, dispatcher } = checked()
    answer('+PONG\r\n')
    network.last.endByPeer()
    expect(count('health_check.failure')).toBe(0)
    dispatcher.advance(5000)
    expect(network.connections).toHaveLength(2)
  })
})
