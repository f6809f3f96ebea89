import { describe, expect, test } from 'bun:test'
import type { DnsCache, DnsHost, DnsLoad, DnsWaiter } from '../../../../api/dns-cache.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { FakeConnection } from '../../../../http/testing/fake-connection.ts'
import { parseIpAddress } from '../../../../network/address.ts'
import { SniForwardProxyFilter } from './sni-forward-proxy-filter.ts'

const HOST: DnsHost = { address: parseIpAddress('192.0.2.1', 443), details: '', touch: () => undefined }

/** A connection with this server name, and a cache that answers as told. */
function started(serverName: string, answer: DnsLoad['kind'], port = 443) {
  const connection = new FakeConnection(new SimulatedDispatcher())
  connection.info.requestedServerName = serverName
  const asked: string[] = []
  let waiter: DnsWaiter | undefined
  const cache: DnsCache = {
    find: () => undefined,
    load: (host, defaultPort, who) => {
      asked.push(`${host} ${defaultPort}`)
      if (answer === 'cached') return { kind: answer, host: HOST }
      if (answer !== 'loading') return { kind: answer }
      waiter = who
      return { kind: answer, cancel: () => (waiter = undefined) }
    },
  }
  let continued = 0
  const callbacks = { connection, continueReading: () => void continued++ }
  const chain = { connection, callbacks, addReadFilter: () => undefined, addWriteFilter: () => undefined }
  const config = { cache: undefined as never, port, savesUpstreamAddress: true }
  const filter = new SniForwardProxyFilter(config, cache, chain)
  const state = (name: string) => connection.streamInfo.filterState.get(`envoy.${name}`)
  return {
    connection,
    filter,
    asked,
    state,
    settle: () => waiter?.onDnsHost(HOST),
    isWaiting: () => waiter !== undefined,
    continued: () => continued,
  }
}

describe('sni_dynamic_forward_proxy', () => {
  test('a known host holds nobody up; the cluster is told the port', () => {
    const { filter, asked, state } = started('a.test', 'cached')
    expect([filter.onNewConnection(), asked]).toEqual(['continue', ['a.test 443']])
    expect(state('upstream.dynamic_port')?.serializeAsJson?.()).toBe(443)
    expect(state('stream.upstream_address')?.address?.text).toBe('192.0.2.1:443')
  })

  test('others wait, and nothing is read in the meantime', () => {
    const { filter, connection, settle, continued } = started('a.test', 'loading')
    expect([filter.onNewConnection(), connection.readDisables]).toEqual(['stop', 1])
    settle()
    expect([continued(), connection.readDisables]).toEqual([1, 0])
  })

  test('who is gone waits no longer', () => {
    const { filter, connection, isWaiting } = started('a.test', 'loading')
    filter.onNewConnection()
    connection.peerCloses()
    expect(isWaiting()).toBeFalse()
  })

  test('without a name there is nothing to look up', () => {
    const { filter, asked } = started('', 'loading')
    expect([filter.onNewConnection(), asked]).toEqual(['continue', []])
  })

  test.each(['overflow', 'too-many-pending'] as const)('%s: the connection is closed', (answer) => {
    const { filter, connection, state } = started('a.test', answer)
    expect([filter.onNewConnection(), connection.closedBy]).toEqual(['stop', 'no-flush'])
    expect(state('upstream.dynamic_port') !== undefined).toBe(answer === 'overflow')
  })

  test('the filter state names host and port before the handshake does', () => {
    const { filter, asked, connection } = started('a.test', 'cached', 1)
    const { filterState } = connection.streamInfo
    filterState.set('envoy.upstream.dynamic_host', { serializeAsString: () => 'b.test' })
    filterState.set('envoy.upstream.dynamic_port', { serializeAsString: () => '', serializeAsJson: () => 8443 })
    filter.onNewConnection()
    expect(asked).toEqual(['b.test 8443'])
  })
})
