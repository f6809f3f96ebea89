import { describe, expect, test } from 'bun:test'
import { createParseContext } from '../../../config/parse-context.ts'
import { parseMessage } from '../../../config/parse-message.ts'
import { parseRoot } from '../../../config/parse-root.ts'
import { ExtensionRegistry } from '../../../registry/extension-registry.ts'
import { clusterConfig, staticCluster, testClusters } from '../../../upstream/testing/test-clusters.ts'
import { extension } from './extension.ts'

const TYPE = 'envoy.extensions.health_checkers.thrift.v3.Thrift'
const TIMES = 'timeout: 1s, interval: 5s, no_traffic_interval: 5s, healthy_threshold: 1, unhealthy_threshold: 2'
const CALL = '\0\0\0\x12\x80\x01\0\x01\0\0\0\x04ping\0\0\0\0\0\0'
const WELL = '\0\0\0\x11\x80\x01\0\x02\0\0\0\x04ping\0\0\0\0\0'
const THROWN = '\0\0\0\x14\x80\x01\0\x02\0\0\0\x04ping\0\0\0\0\x0c\0\x01\0'

function checked(more = '') {
  const settings = 'method_name: ping, transport: FRAMED, protocol: BINARY'
  const custom = `custom_health_check: {name: t, typed_config: {"@type": type.googleapis.com/${TYPE}, ${settings}}}`
  const yaml = staticCluster('a', [80], `health_checks: [{${TIMES}, ${custom}${more}}]`)
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
    count: (name: string) => stat(`cluster.a.health_check.${name}`),
  }
}

describe('health checks of Thrift servers', () => {
  test('a reply without an exception is well, and the connection is used again', () => {
    const { answer, flags, dispatcher, network } = checked()
    answer(WELL)
    expect(flags()).toBe('')
    dispatcher.advance(5000)
    expect(network.last.written).toBe(CALL + CALL)
    answer(THROWN)
    expect(flags()).toBe('failed_active_hc')
  })

  test('without reuse each call has a connection', () => {
    const { answer, network, dispatcher, count } = checked(', reuse_connection: false')
    answer(WELL)
    expect(network.last.state).toBe('closed')
    dispatcher.advance(5000)
    expect([network.connections.length, count('failure')]).toEqual([2, 0])
  })

  test('the end of a connection is a network failure, whether there is a question or not', () => {
    const { answer, network, count } = checked()
    answer(WELL)
    network.last.endByPeer()
    expect([count('network_failure'), count('success')]).toEqual([1, 1])
  })

  test('a timeout ends the connection', () => {
    const { answer, network, dispatcher, flags } = checked()
    answer(WELL.slice(0, 9))
    dispatcher.advance(1000)
    expect([network.last.state, flags()]).toEqual(['closed', 'failed_active_hc/active_hc_timeout'])
  })

  test('what is no Thrift is a network failure', () => {
    const { answer, network, count } = checked()
    answer('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect([network.last.state, count('network_failure')]).toEqual(['closed', 1])
  })

  test('after the first whole reply each piece counts, as in Envoy', () => {
    const { answer, count } = checked()
    answer(WELL)
    answer(WELL.slice(0, 5))
    answer(WELL.slice(5))
    expect(count('success')).toBe(3)
  })
})

describe('configuration', () => {
  const context = createParseContext(new ExtensionRegistry([extension]), {
    clusterNames: undefined,
    accessLogFiles: undefined as never,
  })
  const errors = (yaml: string): readonly string[] => {
    const message = parseMessage(TYPE, yaml)
    if (!message.ok) return message.errors.map((error) => error.message)
    const parsed = parseRoot(TYPE, message.value, {}, (reader) => extension.parse(reader, context))
    return parsed.ok ? [] : parsed.errors.map((error) => `${error.path} ${error.message}`)
  }

  test('what nobody could find out has to be said', () => {
    const unsupported = 'Unsupported transport or protocol in thrift health check configuration'
    expect(errors('{method_name: a, transport: HEADER, protocol: COMPACT}')).toEqual([])
    expect(errors('{method_name: a}')).toEqual([` ${unsupported}: AUTO_TRANSPORT`, ` ${unsupported}: AUTO_PROTOCOL`])
    expect(errors('{method_name: a, transport: FRAMED, protocol: TWITTER}')).toEqual([
      `protocol ${unsupported}: TWITTER`,
    ])
    expect(errors('{method_name: a, transport: HEADER, protocol: LAX_BINARY}')).toEqual([
      'protocol invalid header transport protocol binary/non-strict',
    ])
  })
})
