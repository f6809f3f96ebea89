import { describe, expect, test } from 'bun:test'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { ManagerHarness } from './testing/manager-harness.ts'

const GET = 'GET /a HTTP/1.1\r\nhost: h\r\n\r\n'
const POST = 'POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\n'

describe('timeouts of a stream', () => {
  test('idle: 504 when the request is complete, 408 when it is not', () => {
    const h = new ManagerHarness({ settings: { streamIdleTimeoutMs: 1000 } })
    h.connection.receive(GET)
    h.dispatcher.advance(1000)
    expect(h.connection.take()).toMatch(/^HTTP\/1.1 504 Gateway Timeout\r\n[^]*stream timeout$/)
    expect(h.logged[0]).toMatchObject({ code: 504, flags: 'SI', details: 'stream_idle_timeout' })
    expect(h.connection.state).toBe('open')
    h.connection.receive(POST)
    h.dispatcher.advance(999)
    h.connection.receive('abc')
    h.dispatcher.advance(999)
    expect(h.connection.take()).toBe('')
    h.dispatcher.advance(1)
    expect(h.connection.take()).toMatch(
      /^HTTP\/1.1 408 Request Timeout\r\n[^]*connection: close\r\n\r\nstream timeout$/,
    )
    expect(h.stat('downstream_rq_idle_timeout')).toBe(2)
  })

  test('idle: a response that has begun is cut off', () => {
    const h = new ManagerHarness({ settings: { streamIdleTimeoutMs: 1000 } })
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(200), false, 'via_upstream')
    h.dispatcher.advance(1000)
    expect(h.stream.destroyed).toBeTrue()
    expect(h.connection.state).toBe('closed')
    expect(h.logged[0]).toMatchObject({ code: 200, flags: 'SI', details: 'stream_idle_timeout' })
    expect(h.stat('downstream_rq_tx_reset')).toBe(1)
  })

  test('request_timeout runs until the request is complete', () => {
    const h = new ManagerHarness({ settings: { requestTimeoutMs: 500 } })
    h.connection.receive(GET)
    h.dispatcher.advance(600)
    expect(h.connection.take()).toBe('')
    const slow = new ManagerHarness({ settings: { requestTimeoutMs: 500 } })
    slow.connection.receive(POST)
    slow.dispatcher.advance(500)
    expect(slow.connection.take()).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[^]*request timeout$/)
    expect(slow.logged[0]).toMatchObject({ flags: '-', details: 'request_overall_timeout' })
  })

  test('request_timeout is over when the response begins', () => {
    const h = new ManagerHarness({ settings: { requestTimeoutMs: 500 } })
    h.connection.receive(POST)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(200), false, 'via_upstream')
    h.dispatcher.advance(600)
    expect([h.stream.destroyed, h.stat('downstream_rq_timeout')]).toEqual([false, 0])
  })

  test('request_headers_timeout runs from the first byte to the end of the head', () => {
    const h = new ManagerHarness({ settings: { requestHeadersTimeoutMs: 500 } })
    h.connection.receive('GET /a HTTP/1.1\r\n')
    h.dispatcher.advance(500)
    expect(h.connection.take()).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[^]*request header timeout$/)
    expect(h.logged[0]).toMatchObject({ method: '-', details: 'request_header_timeout' })
  })

  test('max_stream_duration', () => {
    const h = new ManagerHarness({ settings: { maxStreamDurationMs: 500 } })
    h.connection.receive(GET)
    h.dispatcher.advance(500)
    expect(h.connection.take()).toMatch(/^HTTP\/1.1 504 Gateway Timeout\r\n[^]*downstream duration timeout$/)
    expect(h.logged[0]).toMatchObject({ flags: '-', details: 'max_duration_timeout' })
  })

  test('timers are reused by the next stream, and disarmed but for the idle timer', () => {
    const h = new ManagerHarness({ settings: { requestTimeoutMs: 500, idleTimeoutMs: 0 } })
    for (let i = 0; i < 3; i++) {
      h.connection.receive(GET)
      h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    }
    expect(h.dispatcher.armedTimers).toBe(1)
    h.dispatcher.advance(3_600_000)
    expect([h.dispatcher.armedTimers, h.stat('downstream_rq_idle_timeout')]).toEqual([0, 0])
  })
})

describe('timeouts of a connection', () => {
  test('idle: drains a connection that has spoken, then closes it', () => {
    const h = new ManagerHarness({ settings: { idleTimeoutMs: 1000, drainTimeoutMs: 50 } })
    h.connection.receive(GET)
    h.dispatcher.advance(2000)
    expect(h.connection.state).toBe('open')
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    h.dispatcher.advance(1000)
    expect([h.connection.state, h.stat('downstream_cx_idle_timeout')]).toEqual(['open', 1])
    h.dispatcher.advance(50)
    expect(h.connection.closedBy).toBe('flush-write-and-delay')
  })

  test('idle: closes a connection that never spoke', () => {
    const h = new ManagerHarness({ settings: { idleTimeoutMs: 1000 } })
    h.dispatcher.advance(1000)
    expect(h.connection.closedBy).toBe('flush-write')
    expect(h.stat('downstream_cx_http1_total')).toBe(0)
  })

  test('max_connection_duration may wait for the next response', () => {
    const h = new ManagerHarness({ settings: { maxConnectionDurationMs: 1000, http1SafeMaxConnectionDuration: true } })
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    h.dispatcher.advance(60_000)
    expect([h.connection.state, h.stat('downstream_cx_http1_soft_drain')]).toEqual(['open', 1])
    h.connection.take()
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    expect(h.connection.take()).toContain('connection: close')
    expect([h.connection.state, h.stat('downstream_cx_http1_soft_drain')]).toEqual(['closed', 0])
  })

  test('max_connection_duration and drain_timeout may be longer by chance', () => {
    // The harness' random number is 0.5.
    const settings = {
      maxConnectionDurationMs: 1000,
      maxConnectionDurationJitter: 0.2,
      drainTimeoutMs: 100,
      drainTimeoutJitter: 1,
    }
    const h = new ManagerHarness({ settings })
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    h.dispatcher.advance(1099)
    expect(h.stat('downstream_cx_max_duration_reached')).toBe(0)
    h.dispatcher.advance(1)
    expect(h.stat('downstream_cx_max_duration_reached')).toBe(1)
    h.dispatcher.advance(149)
    expect(h.connection.state).toBe('open')
    h.dispatcher.advance(1)
    expect(h.connection.state).toBe('closed')
  })

  test('max_requests_per_connection', () => {
    const h = new ManagerHarness({ settings: { maxRequestsPerConnection: 2 } })
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    expect(h.connection.take()).not.toContain('connection: close')
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    expect(h.connection.take()).toContain('connection: close')
    expect([h.connection.state, h.stat('downstream_cx_max_requests_reached')]).toEqual(['closed', 1])
  })

  test('max_requests_per_connection counts a request once more when it follows a redirect', () => {
    const h = new ManagerHarness({ settings: { maxRequestsPerConnection: 2 } })
    h.connection.receive(GET)
    expect(h.stream.callbacks.recreateStream(newResponseHeaders(302), undefined)).toBeTrue()
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    expect(h.connection.take()).toContain('connection: close')
    expect([h.connection.state, h.stat('downstream_cx_max_requests_reached')]).toEqual(['closed', 1])
  })

  test('a draining listener says so with the next response', () => {
    const h = new ManagerHarness({ settings: { drainTimeoutMs: 50 } })
    h.drain.drainClose = true
    h.connection.receive(GET)
    h.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    expect(h.connection.take()).toContain('connection: close')
    expect(h.stat('downstream_cx_drain_close')).toBe(1)
    h.dispatcher.advance(50)
    expect(h.connection.state).toBe('closed')
  })

  test('a drain closes a connection without responses in its last third', () => {
    const h = new ManagerHarness({ settings: { drainTimeoutMs: 1000 } })
    h.connection.drain(12_000)
    h.dispatcher.advance(8_000)
    expect(h.stat('downstream_cx_drain_close')).toBe(0)
    h.dispatcher.advance(3_000)
    expect(h.stat('downstream_cx_drain_close')).toBe(1)
    h.dispatcher.advance(1_000)
    expect(h.connection.state).toBe('closed')
  })

  test('a drain that is too short for that leaves it alone', () => {
    const h = new ManagerHarness({ settings: { drainTimeoutMs: 1000 } })
    h.connection.drain(3_000)
    h.dispatcher.advance(3_000)
    expect([h.connection.state, h.stat('downstream_cx_drain_close')]).toEqual(['open', 0])
  })

  test('a shutdown closes what is idle and waits for what is not', () => {
    const idle = new ManagerHarness()
    idle.connection.receive(GET)
    idle.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    idle.connection.shutDown()
    expect(idle.connection.closedBy).toBe('flush-write')
    const busy = new ManagerHarness()
    busy.connection.receive(GET)
    busy.connection.shutDown()
    expect(busy.connection.state).toBe('open')
    busy.stream.callbacks.encodeHeaders(newResponseHeaders(204), true, 'via_upstream')
    expect(busy.connection.take()).toContain('connection: close')
    expect(busy.connection.state).toBe('closed')
  })
})
