import { describe, expect, test } from 'bun:test'
import type { SessionOptions } from './testing/session-harness.ts'
import { SessionHarness } from './testing/session-harness.ts'

function session(when: 'IMMEDIATE' | 'ON_DOWNSTREAM_DATA', maxEarlyDataBytes: number): SessionHarness {
  const options: SessionOptions = { config: { connectMode: { when, maxEarlyDataBytes } } }
  return new SessionHarness(options)
}

describe('bytes before there is an upstream', () => {
  test('the first ones ask for it, and it gets them all', () => {
    const h = session('ON_DOWNSTREAM_DATA', 100)
    expect([h.downstream.readDisables, h.requested]).toEqual([0, []])
    h.downstream.receive('hel')
    expect(h.requested).toEqual(['app'])
    h.downstream.receive('lo', true)
    h.connect()
    expect([h.upstream.text, h.upstream.writeEnded]).toEqual(['hello', true])
    expect([h.info.bytesReceived, h.stat('tcp.p.early_data_received_count_total')]).toEqual([5, 2])
  })

  test('from the limit on nothing is read until then', () => {
    const h = session('IMMEDIATE', 4)
    expect(h.requested).toEqual(['app'])
    h.downstream.receive('abc')
    expect(h.downstream.readDisables).toBe(0)
    h.downstream.receive('d')
    expect(h.downstream.readDisables).toBe(1)
    h.connect()
    expect([h.downstream.readDisables, h.upstream.text]).toEqual([0, 'abcd'])
  })

  test('an end without bytes asks for nothing', () => {
    const h = session('ON_DOWNSTREAM_DATA', 4)
    h.downstream.receive('', true)
    expect([h.requested, h.downstream.state]).toEqual([[], 'open'])
  })

  test('the idle timeout runs meanwhile', () => {
    const h = session('ON_DOWNSTREAM_DATA', 4)
    h.dispatcher.advance(3_600_000)
    expect([h.downstream.closedBy, h.downstream.closeReason]).toEqual(['no-flush', 'tcp_session_idle_timeout'])
  })

  test('filter state of a listener filter allows it, one delivery at a time', () => {
    const name = 'envoy.tcp_proxy.receive_before_connect'
    const allow = (h: SessionHarness): void => h.info.filterState.set(name, { serializeAsString: () => 'true' })
    const h = new SessionHarness({ prepare: allow })
    expect(h.downstream.readDisables).toBe(0)
    h.downstream.receive('a')
    expect(h.downstream.readDisables).toBe(1)
  })
})
