import { describe, expect, test } from 'bun:test'
import { ByteQueue } from '../base/byte-queue.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import { ManagerHarness } from './testing/manager-harness.ts'

const WEBSOCKET = 'GET /a HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'

function upgrading(settings = {}): ManagerHarness {
  const h = new ManagerHarness({
    settings,
    config: { upgrades: [{ type: 'websocket', enabled: true, filters: undefined }] },
  })
  h.connection.receive(WEBSOCKET)
  return h
}

function switching(): ReturnType<typeof newResponseHeaders> {
  const headers = newResponseHeaders(101)
  headers.set('connection', 'Upgrade')
  headers.set('upgrade', 'websocket')
  return headers
}

function bytes(text: string): ByteQueue {
  const queue = new ByteQueue()
  queue.push(Buffer.from(text))
  return queue
}

describe('a WebSocket', () => {
  test('goes to the upstream as it is and is raw after 101', () => {
    const h = upgrading({ requestTimeoutMs: 100 })
    expect(h.stream.headers.get('upgrade')).toBe('websocket')
    expect(h.stream.headers.get('connection')).toBe('upgrade')
    h.stream.callbacks.encodeHeaders(switching(), false, 'via_upstream')
    h.stream.callbacks.encodeData(bytes('hi'), false)
    expect(h.connection.take()).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nserver: envoy\r\n\r\nhi',
    )
    h.dispatcher.advance(1000)
    h.connection.receive('\x00\x01')
    expect(h.stream.body).toBe('\x00\x01')
    expect(['downstream_cx_upgrades_total', 'downstream_cx_upgrades_active'].map((name) => h.stat(name))).toEqual([
      1, 1,
    ])
    h.stream.callbacks.encodeData(bytes(''), true)
    expect([h.stat('downstream_cx_upgrades_active'), h.connection.state]).toEqual([0, 'closed'])
  })

  test('that the upstream answers with an error gets that answer', () => {
    const h = upgrading()
    const headers = newResponseHeaders(403)
    headers.set('content-length', '3')
    h.stream.callbacks.encodeHeaders(headers, false, 'via_upstream')
    h.stream.callbacks.encodeData(bytes('abc'), true)
    expect(h.connection.take()).toMatch(/^HTTP\/1.1 403 Forbidden\r\n[^]*connection: close\r\n\r\nabc$/)
  })
})

test('an upgrade that nobody configured is a request like any other without a route', () => {
  const h = new ManagerHarness()
  h.connection.receive(WEBSOCKET)
  expect(h.stat('downstream_rq_ws_on_non_ws_route')).toBe(0)
  expect(h.stream.headers.path).toBe('/a')
})
