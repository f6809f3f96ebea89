import { describe, expect, test } from 'bun:test'
import type { ClusterChoice } from './cluster-choice.ts'
import type { SessionOptions } from './testing/session-harness.ts'
import { SessionHarness } from './testing/session-harness.ts'

const clusterNamed = (clusterName: string): ClusterChoice => ({
  kind: 'one',
  route: { clusterName, metadataMatch: undefined },
})
const connected = (options?: SessionOptions): SessionHarness => new SessionHarness(options).connect()

describe('bytes', () => {
  test('nothing is read before there is an upstream; then both ways, by reference', () => {
    const h = new SessionHarness()
    expect([h.downstream.readDisables, h.requested]).toEqual([1, ['app']])
    h.connect()
    expect(h.downstream.readDisables).toBe(0)
    const chunk = Buffer.from('hello')
    h.downstream.receive(chunk)
    expect(h.upstream.written[0]).toBe(chunk)
    const answer = Buffer.from('world!')
    h.upstream.receive(answer)
    expect(h.downstream.written[0]).toBe(answer)
    expect([h.info.bytesReceived, h.info.bytesSent]).toEqual([5, 6])
  })

  test('each end closes its half alone', () => {
    const h = connected()
    expect([h.downstream.halfClose, h.upstream.halfClose]).toEqual([true, true])
    h.downstream.receive('last', true)
    expect([h.upstream.text, h.upstream.writeEnded, h.downstream.writeEnded]).toEqual(['last', true, false])
    h.upstream.receive('bye', true)
    expect([h.downstream.text, h.downstream.writeEnded, h.downstream.state]).toEqual(['bye', true, 'open'])
    h.upstream.peerCloses()
    expect([h.downstream.closedBy, h.downstream.closeReason]).toEqual(['flush-write', ''])
    expect(h.logged).toEqual(['TcpConnectionEnd - 4/3'])
    expect(h.dispatcher.armedTimers).toBe(0)
  })

  test('who writes too fast is not read', () => {
    const h = connected()
    h.upstream.setBackedUp(true)
    expect(h.downstream.readDisables).toBe(1)
    h.upstream.setBackedUp(false)
    expect(h.downstream.readDisables).toBe(0)
    expect(h.stat('tcp.p.downstream_flow_control_paused_reading_total')).toBe(1)
    expect(h.stat('tcp.p.downstream_flow_control_resumed_reading_total')).toBe(1)
    h.downstream.setBackedUp(true)
    expect(h.upstream.readDisables).toBe(1)
    h.downstream.setBackedUp(false)
    expect(h.upstream.readDisables).toBe(0)
    expect(h.stat('cluster.app.upstream_flow_control_paused_reading_total')).toBe(1)
    expect(h.stat('cluster.app.upstream_flow_control_resumed_reading_total')).toBe(1)
  })
})

describe('overload', () => {
  test.each([
    ['tcp_proxy_on_data', true],
    ['tcp_proxy_upstream_connect', false],
  ])('%s', (point, connects) => {
    const h = new SessionHarness({ prepare: (harness) => void (harness.shedding = [point]) })
    if (connects) h.connect().downstream.receive('hello')
    expect([h.downstream.closedBy, h.info.downstreamLocalCloseReason]).toEqual(['no-flush', 'overload_manager_close'])
    expect(h.logged).toEqual([`TcpConnectionEnd OM ${connects ? 5 : 0}/0`])
    expect([h.stat('tcp.p.downstream_cx_overload_close'), h.upstream.text]).toEqual([1, ''])
  })
})

describe('no upstream', () => {
  test.each([
    ['NC', 3, { clusters: clusterNamed('none') }, () => {}],
    ['UO', 2, {}, (h: SessionHarness) => void (h.connectionsLeft = false)],
    ['UH', 1, {}, (h: SessionHarness) => void (h.healthy = false)],
  ])('%s', (flag, reason, config, prepare) => {
    const h = new SessionHarness({ config, prepare })
    expect(h.downstream.closedBy).toBe('no-flush')
    expect(h.info.downstreamLocalCloseReason).toBe(`tcp_initializion_failure:${reason}`)
    expect(h.logged).toEqual([`TcpConnectionEnd ${flag} 0/0`])
    expect(h.stat('tcp.p.downstream_cx_no_route')).toBe(flag === 'NC' ? 1 : 0)
    if (flag === 'UO') expect(h.stat('cluster.app.upstream_cx_overflow')).toBe(1)
  })

  test.each([
    ['remote-connection-failure', 'UF,URX'],
    ['timeout', 'UF,URX'],
    ['local-connection-failure', 'URX'],
    ['overflow', 'URX'],
  ] as const)('an attempt ends in %s', (failure, flags) => {
    const h = new SessionHarness()
    h.fail(failure, 'why')
    expect(h.logged).toEqual([`TcpConnectionEnd ${flags} 0/0`])
    expect(h.info.downstreamLocalCloseReason).toBe('tcp_initializion_failure:0')
    expect(h.stat('cluster.app.upstream_cx_connect_attempts_exceeded')).toBe(1)
    expect(h.info.upstream?.transportFailureReason).toBe('why')
    expect(h.info.upstream?.host).toBe(failure === 'overflow' ? undefined : h.host)
    expect(h.info.attemptCount).toBe(1)
  })

  test('attempts are made as often as allowed, and a success remembers the failure', () => {
    const h = new SessionHarness({ config: { maxConnectAttempts: 3 } })
    h.fail()
    h.dispatcher.advance(0)
    h.fail()
    h.dispatcher.advance(0)
    expect([h.info.attemptCount, h.downstream.state, h.downstream.readDisables]).toEqual([3, 'open', 1])
    h.connect()
    expect(h.info.upstream?.transportFailureReason).toBe('delayed connect error: Connection refused')
    expect(h.info.upstream?.attemptedHosts).toHaveLength(3)
    expect([h.info.flags, h.downstream.readDisables]).toEqual([['UF'], 0])
  })

  test('back-off doubles up to its maximum, at random below it', () => {
    const h = new SessionHarness({ config: { maxConnectAttempts: 4, backOff: { baseMs: 100, maxMs: 150 } } })
    h.random = 0.5
    for (const wait of [50, 75, 75]) {
      h.fail()
      h.dispatcher.advance(wait - 1)
      expect(h.pending).toBeUndefined()
      h.dispatcher.advance(1)
      expect(h.pending).toBeDefined()
    }
    h.fail()
    expect(h.downstream.state).toBe('closed')
    expect(h.dispatcher.armedTimers).toBe(0)
  })

  test('a client that leaves takes the attempt, or the wait for one, along', () => {
    const h = new SessionHarness()
    h.downstream.peerCloses()
    expect(h.cancelled).toBe(true)
    const waiting = new SessionHarness({ config: { maxConnectAttempts: 2, backOff: { baseMs: 100, maxMs: 100 } } })
    waiting.random = 0.9
    waiting.fail()
    waiting.downstream.peerCloses()
    expect(waiting.dispatcher.armedTimers).toBe(0)
  })
})

describe('the end', () => {
  test('a reset goes on to the other side', () => {
    const fromUpstream = connected()
    fromUpstream.upstream.peerCloses('ECONNRESET')
    expect(fromUpstream.downstream.closedBy).toBe('abort-reset')
    expect(fromUpstream.logged).toEqual(['TcpConnectionEnd UR 0/0'])
    expect(fromUpstream.info.upstream?.detectedCloseType).toBe('RemoteReset')
    expect(fromUpstream.info.downstreamDetectedCloseType).toBe('LocalReset')
    const fromDownstream = connected()
    fromDownstream.downstream.peerCloses('ECONNRESET')
    expect(fromDownstream.upstream.closedBy).toBe('abort-reset')
    expect(fromDownstream.logged).toEqual(['TcpConnectionEnd - 0/0'])
    expect(fromDownstream.info.downstreamDetectedCloseType).toBe('RemoteReset')
  })

  test('what is queued for the upstream still leaves when the client is gone', () => {
    const h = connected({ config: { idleTimeoutMs: 1000 } })
    h.upstream.bufferedBytes = 10
    h.downstream.peerCloses()
    expect([h.upstream.state, h.upstream.closedBy]).toEqual(['closing', 'flush-write'])
    expect([h.stat('tcp.p.upstream_flush_total'), h.stat('tcp.p.upstream_flush_active')]).toEqual([1, 1])
    h.upstream.flushed()
    expect(h.stat('tcp.p.upstream_flush_active')).toBe(0)
    expect(h.dispatcher.armedTimers).toBe(0)
  })

  test('but not for ever', () => {
    const h = connected({ config: { idleTimeoutMs: 1000 } })
    h.upstream.bufferedBytes = 10
    h.downstream.peerCloses()
    h.dispatcher.advance(500)
    h.upstream.bufferedBytes = 5
    h.dispatcher.advance(1499)
    expect(h.upstream.state).toBe('closing')
    h.dispatcher.advance(1)
    expect([h.upstream.state, h.stat('tcp.p.idle_timeout')]).toEqual(['closed', 1])
  })

  test('idle: bytes of either side and bytes that leave a queue count', () => {
    const h = connected({ config: { idleTimeoutMs: 1000 } })
    h.dispatcher.advance(900)
    h.downstream.receive('a')
    h.dispatcher.advance(900)
    h.upstream.receive('b')
    h.dispatcher.advance(999)
    expect(h.downstream.state).toBe('open')
    h.dispatcher.advance(1)
    expect([h.downstream.closedBy, h.upstream.closedBy]).toEqual(['no-flush', 'no-flush'])
    expect(h.stat('tcp.p.idle_timeout')).toBe(1)
    expect(h.info.downstreamLocalCloseReason).toBe('tcp_session_idle_timeout')
    expect(h.info.upstream?.localCloseReason).toBe('tcp_session_idle_timeout')
    const slow = connected({ config: { idleTimeoutMs: 1000 } })
    slow.downstream.bufferedBytes = 10
    slow.dispatcher.advance(1000)
    expect(slow.downstream.state).toBe('open')
    slow.dispatcher.advance(1000)
    expect(slow.downstream.state).toBe('closed')
  })

  test('idle: 0 is never, and an earlier filter may say something else', () => {
    const never = connected({ config: { idleTimeoutMs: 0 } })
    expect(never.dispatcher.armedTimers).toBe(0)
    const set = (h: SessionHarness): void => {
      h.info.filterState.set('envoy.tcp_proxy.per_connection_idle_timeout_ms', { serializeAsString: () => '200' })
      h.info.filterState.set('envoy.tcp_proxy.cluster', { serializeAsString: () => 'app' })
    }
    const own = connected({ config: { clusters: clusterNamed('none') }, prepare: set })
    own.dispatcher.advance(200)
    expect(own.downstream.state).toBe('closed')
  })

  test('the longest duration, with jitter', () => {
    const h = new SessionHarness({
      config: { maxDurationMs: 1000, maxDurationJitterPercent: 50 },
      prepare: (harness) => void (harness.random = 0.5),
    }).connect()
    h.dispatcher.advance(1249)
    expect(h.downstream.state).toBe('open')
    h.dispatcher.advance(1)
    expect(h.logged).toEqual(['TcpConnectionEnd DT 0/0'])
    expect(h.stat('tcp.p.max_downstream_connection_duration')).toBe(1)
    expect(h.info.downstreamLocalCloseReason).toBe('max_connection_duration_reached')
  })

  test('draining: with the next bytes, when it is asked for', () => {
    for (const side of ['downstream', 'upstream'] as const) {
      const h = connected({ config: { checkDrainClose: true } })
      h[side].receive('a')
      expect(h.downstream.state).toBe('open')
      h.drain.rawDrainClose = true
      h[side].receive('b')
      expect(h[side === 'downstream' ? 'upstream' : 'downstream'].text).toBe('ab')
      expect([h.downstream.closedBy, h.upstream.closedBy]).toEqual(['flush-write', 'no-flush'])
      expect(h.stat('tcp.p.downstream_cx_drain_close')).toBe(1)
    }
    const unasked = connected()
    unasked.drain.rawDrainClose = true
    unasked.downstream.receive('a')
    expect(unasked.downstream.state).toBe('open')
  })
})

test('the log has its moments', () => {
  const h = new SessionHarness({
    config: { accessLog: { flushIntervalMs: 100, flushOnConnected: true, flushOnStart: true } },
  })
  h.connect()
  h.downstream.receive('abc')
  h.dispatcher.advance(200)
  h.upstream.receive('d')
  h.downstream.peerCloses()
  expect(h.logged).toEqual([
    'TcpConnectionStart - 0/0',
    'TcpUpstreamConnected - 0/0',
    'TcpPeriodic - 3/0',
    'TcpPeriodic - 3/0',
    'TcpConnectionEnd - 3/1',
  ])
  expect(h.info.downstreamMeter?.wireBytesReceived).toBe(3)
  expect(h.info.upstream?.meter?.wireBytesSent).toBe(3)
  expect(h.info.requestId).toBe('uuid')
  expect(h.dispatcher.armedTimers).toBe(0)
})

test('without loggers nothing is kept for them', () => {
  const h = connected({ config: { accessLogs: [] } })
  h.downstream.peerCloses()
  expect(h.logged).toEqual([])
  expect(h.info.requestId).toBeUndefined()
})
