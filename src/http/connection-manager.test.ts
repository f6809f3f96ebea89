import { describe, expect, test } from 'bun:test'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { ByteQueue } from '../base/byte-queue.ts'
import { ManagerHarness } from './testing/manager-harness.ts'

const GET = 'GET /a HTTP/1.1\r\nhost: h\r\n\r\n'
const DATE = 'date: Thu, 01 Jan 2026 00:00:00 GMT\r\n'

function reply(h: ManagerHarness, body = 'ok', end = true): void {
  const headers = newResponseHeaders(200)
  headers.set('content-length', String(body.length))
  const data = new ByteQueue()
  data.push(Buffer.from(body))
  h.stream.callbacks.encodeHeaders(headers, false, 'via_upstream')
  h.stream.callbacks.encodeData(data, end)
}

describe('a request', () => {
  test('is handed to the filters and its response to the client', () => {
    const h = new ManagerHarness()
    h.connection.receive(GET)
    expect(h.stream.headers.path).toBe('/a')
    expect(h.stream.headers.scheme).toBe('http')
    expect(h.stream.headers.get('x-forwarded-proto')).toBe('http')
    expect(h.stream.headers.get('x-request-id')).toBe('11111111-2222-4333-8444-555555555555')
    reply(h)
    expect(h.connection.take()).toBe(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${DATE}server: envoy\r\n\r\nok`)
    expect(h.stream.destroyed).toBeTrue()
    expect(h.logged).toEqual([
      { method: 'GET', path: '/a', code: 200, flags: '-', details: 'via_upstream', type: 'DownstreamEnd' },
    ])
    expect(h.connection.state).toBe('open')
    expect([h.stat('downstream_rq_total'), h.stat('downstream_rq_active'), h.stat('downstream_rq_2xx')]).toEqual([
      1, 0, 1,
    ])
  })

  test('that was pipelined waits for the response before it', () => {
    const h = new ManagerHarness()
    h.connection.receive(GET + GET.replace('/a', '/b'))
    expect(h.streams.length).toBe(1)
    reply(h)
    h.dispatcher.advance(0)
    expect(h.streams.length).toBe(2)
    expect(h.stream.headers.path).toBe('/b')
  })

  test('with a body that is answered early closes the connection after a delay', () => {
    const h = new ManagerHarness()
    h.connection.receive('POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nab')
    reply(h)
    expect(h.connection.take()).toContain('connection: close\r\n')
    expect(h.connection.closedBy).toBe('flush-write-and-delay')
    expect([h.stat('downstream_rq_response_before_rq_complete'), h.stat('downstream_rq_rx_reset')]).toEqual([1, 1])
  })

  test('with connection: close ends the connection without delay when it came from an upstream', () => {
    const h = new ManagerHarness()
    h.connection.receive('GET /a HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n')
    expect(h.stream.headers.has('connection')).toBeFalse()
    reply(h)
    expect(h.connection.take()).toContain('connection: close\r\n')
    expect(h.connection.closedBy).toBe('flush-write')
  })

  test('ends with its connection', () => {
    const h = new ManagerHarness()
    h.connection.receive(GET)
    h.connection.peerCloses()
    expect(h.stream.destroyed).toBeTrue()
    expect(h.logged[0]).toMatchObject({ code: 0, flags: 'DC', details: 'downstream_remote_disconnect' })
    expect(h.stat('downstream_cx_destroy_remote_active_rq')).toBe(1)
    expect(h.stat('downstream_cx_active')).toBe(0)
    // The idle timer waits for the next stream; it finds nobody.
    expect(h.dispatcher.armedTimers).toBe(1)
    h.dispatcher.advance(3_600_000)
    expect([h.dispatcher.armedTimers, h.stat('downstream_rq_idle_timeout')]).toEqual([0, 0])
  })
})

describe('refused by the connection manager', () => {
  const cases: readonly [string, string, number, string][] = [
    ['no host', 'GET /a HTTP/1.1\r\n\r\n', 400, 'missing_host_header'],
    ['a fragment', 'GET /a#b HTTP/1.1\r\nhost: h\r\n\r\n', 400, 'path_normalization_failed'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n', 404, 'absolute_path_rejected'],
  ]
  for (const [name, text, status, details] of cases) {
    test(name, () => {
      const h = new ManagerHarness()
      const out = h.exchange(text)
      expect(out).toStartWith(`HTTP/1.1 ${status} `)
      expect(out).toContain('content-length: 0\r\n')
      expect(h.logged[0]).toMatchObject({ code: status, flags: '-', details })
      expect(h.connection.state).toBe(status === 400 ? 'closed' : 'open')
    })
  }

  test('what the codec cannot read is answered, logged without a request and counted', () => {
    const h = new ManagerHarness()
    expect(h.exchange('GET /a HTTP/1.1\r\nhost: h\r\ncontent-length: x\r\n\r\n')).toBe(
      `HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\ncontent-type: text/plain\r\n${DATE}server: envoy\r\nconnection: close\r\n\r\nBad Request`,
    )
    expect(h.logged[0]).toEqual({
      method: '-',
      path: '-',
      code: 400,
      flags: 'DPE',
      details: 'http1.codec_error',
      type: 'DownstreamEnd',
    })
    expect(h.connection.closedBy).toBe('flush-write-and-delay')
    const names = [
      'rq_total',
      'rq_completed',
      'rq_4xx',
      'rq_rx_reset',
      'rq_response_before_rq_complete',
      'cx_protocol_error',
    ]
    expect(names.map((name) => h.stat(`downstream_${name}`))).toEqual([1, 1, 1, 1, 1, 1])
    expect(h.stat('downstream_cx_destroy_active_rq')).toBe(0)
  })
})

test('a client that starts with HTTP/2 is disconnected with AUTO and answered by the HTTP/1 codec otherwise', () => {
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
  const auto = new ManagerHarness()
  expect(auto.exchange(preface)).toBe('')
  expect(auto.connection.state).toBe('closed')
  expect(new ManagerHarness({ config: { codecType: 'HTTP1' } }).exchange(preface)).toStartWith(
    'HTTP/1.1 400 Bad Request',
  )
})

test('expect: 100-continue is answered by the proxy unless it is to be passed on', () => {
  const request = 'POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\nexpect: 100-Continue\r\n\r\n'
  const own = new ManagerHarness()
  expect(own.exchange(request)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  expect(own.stream.headers.has('expect')).toBeFalse()
  own.stream.callbacks.encode1xx(newResponseHeaders(100))
  expect(own.connection.take()).toBe('')
  const passed = new ManagerHarness({ settings: { proxy100Continue: true } })
  expect(passed.exchange(request)).toBe('')
  passed.stream.callbacks.encode1xx(newResponseHeaders(100))
  passed.stream.callbacks.encode1xx(newResponseHeaders(103))
  expect(passed.connection.take()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  const telling = new ManagerHarness({ settings: { proxy100Continue: true, alwaysSetRequestIdInResponse: true } })
  telling.exchange(request.replace('expect', 'x-request-id: me\r\nexpect'))
  telling.stream.callbacks.encode1xx(newResponseHeaders(100))
  expect(telling.connection.take()).toBe('HTTP/1.1 100 Continue\r\nx-request-id: me\r\n\r\n')
})

test('a new request can be logged at once and now and then', () => {
  const accessLog = { flushOnNewRequest: true, flushOnTunnelEstablished: false, flushIntervalMs: 100 }
  const h = new ManagerHarness({ settings: { accessLog } })
  h.connection.receive(GET)
  h.dispatcher.advance(250)
  reply(h)
  expect(h.logged.map(({ type }) => type)).toEqual([
    'DownstreamStart',
    'DownstreamPeriodic',
    'DownstreamPeriodic',
    'DownstreamEnd',
  ])
})

describe('server header', () => {
  const cases = [
    ['OVERWRITE', 'server: envoy'],
    ['APPEND_IF_ABSENT', 'server: up'],
    ['PASS_THROUGH', 'server: up'],
  ] as const
  for (const [serverHeaderTransformation, line] of cases) {
    test(serverHeaderTransformation, () => {
      const h = new ManagerHarness({ settings: { serverHeaderTransformation } })
      h.connection.receive(GET)
      const headers = newResponseHeaders(204)
      headers.set('server', 'up')
      h.stream.callbacks.encodeHeaders(headers, true, 'via_upstream')
      expect(h.connection.take()).toContain(`${line}\r\n`)
    })
  }
})
