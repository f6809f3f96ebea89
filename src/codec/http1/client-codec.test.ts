import type { ComposedBytes } from '../../api/bytes.ts'
import { describe, expect, test } from 'bun:test'
import type { ClientCodec, RequestEncoder } from '../../api/codec.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import { newRequestHeaders } from '../headers/request-headers.ts'
import { newTrailers } from '../headers/trailers.ts'
import { createHttp1ClientCodec } from './client-codec.ts'
import { ResponseHeadReader } from './head/response-head-reader.ts'
import type { Http1ClientSettings } from './settings.ts'
import { DEFAULT_HTTP1_CLIENT_SETTINGS } from './settings.ts'
import { RecordingResponse } from './testing/recording.ts'

class Exchange {
  readonly codec: ClientCodec
  readonly encoder: RequestEncoder
  readonly response = new RecordingResponse()
  written = ''

  constructor(settings: Partial<Http1ClientSettings> = {}) {
    const write = (chunk: Uint8Array | string): void => {
      this.written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).latin1Slice()
    }
    const writeComposed = ({ bytes, length }: ComposedBytes): void => {
      this.written += bytes.latin1Slice(0, length)
    }
    const sink = { write, writeComposed, onGoAway: () => undefined }
    this.codec = createHttp1ClientCodec(sink, { ...DEFAULT_HTTP1_CLIENT_SETTINGS, ...settings })
    this.encoder = this.codec.newStream(this.response)
  }

  static get(settings: Partial<Http1ClientSettings> = {}): Exchange {
    const exchange = new Exchange(settings)
    exchange.encoder.encodeHeaders(newRequestHeaders('GET', '/a', 'a.test'), true)
    return exchange
  }

  receive(text: string): number | undefined {
    return this.codec.dispatch(Buffer.from(text, 'latin1'))?.status
  }
}

function queueOf(text: string): ByteQueue {
  const queue = new ByteQueue()
  queue.push(Buffer.from(text, 'latin1'))
  return queue
}

describe('requests', () => {
  test('methods that imply no body get no length, others do', () => {
    expect(Exchange.get().written).toBe('GET /a HTTP/1.1\r\nhost: a.test\r\n\r\n')
    const post = new Exchange()
    post.encoder.encodeHeaders(newRequestHeaders('POST', '/a', 'a.test'), true)
    expect(post.written).toBe('POST /a HTTP/1.1\r\nhost: a.test\r\ncontent-length: 0\r\n\r\n')
  })

  test('a body without length is chunked, trailers follow where enabled', () => {
    const exchange = new Exchange({ enableTrailers: true })
    exchange.encoder.encodeHeaders(newRequestHeaders('POST', '/a', 'a.test'), false)
    exchange.encoder.encodeData(queueOf('hello'), false)
    const trailers = newTrailers()
    trailers.add('x-t', '1')
    exchange.encoder.encodeTrailers(trailers)
    expect(exchange.written).toBe(
      'POST /a HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-t: 1\r\n\r\n',
    )
  })

  test('an upgrade and CONNECT leave without framing', () => {
    const upgrade = new Exchange()
    const headers = newRequestHeaders('GET', '/ws', 'a')
    headers.set('connection', 'upgrade')
    headers.set('upgrade', 'websocket')
    upgrade.encoder.encodeHeaders(headers, false)
    expect(upgrade.written).toBe('GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    const connect = new Exchange()
    connect.encoder.encodeHeaders(newRequestHeaders('CONNECT', '', 'b:443'), false)
    connect.encoder.encodeData(queueOf('raw'), false)
    expect(connect.written).toBe('CONNECT b:443 HTTP/1.1\r\nhost: b:443\r\n\r\nraw')
  })

  test('a proxy is given the whole URL', () => {
    const exchange = new Exchange({ sendFullyQualifiedUrl: true })
    const headers = newRequestHeaders('GET', '/a?b', 'a.test')
    expect(exchange.encoder.encodeHeaders(headers, true)).toBe('missing required header: :scheme')
    headers.scheme = 'http'
    expect(exchange.encoder.encodeHeaders(headers, true)).toBeUndefined()
    expect(exchange.written).toBe('GET http://a.test/a?b HTTP/1.1\r\nhost: a.test\r\n\r\n')
  })

  test('what cannot be sent is said, not written', () => {
    const exchange = new Exchange()
    expect(exchange.encoder.encodeHeaders(newRequestHeaders('GET', '', 'a'), true)).toBe(
      'missing required header: :path',
    )
    expect(exchange.written).toBe('')
  })
})

describe('reuse of the connection', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na', true],
    ['an unasked 101', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', true],
    ['connection: close', 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
    ['HTTP/1.0 kept alive', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', true],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\n', false],
    ['something behind it', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx', false],
  ]
  for (const [name, text, reusable] of cases) {
    test(name, () => {
      const exchange = Exchange.get()
      exchange.receive(text)
      expect(exchange.codec.reusable).toBe(reusable)
    })
  }

  test('not after a response that came before the end of the request', () => {
    const exchange = new Exchange()
    exchange.encoder.encodeHeaders(newRequestHeaders('POST', '/', 'a'), false)
    exchange.receive('HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n')
    expect(exchange.response.events).toEqual(['head 413|content-length: 0', 'end'])
    expect(exchange.codec.reusable).toBe(false)
  })

  test('one request after the other', () => {
    const exchange = Exchange.get()
    exchange.receive('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    const second = new RecordingResponse()
    exchange.codec.newStream(second).encodeHeaders(newRequestHeaders('HEAD', '/b', 'a'), true)
    exchange.receive('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
    expect(second.events).toEqual(['head 200|content-length: 10', 'end'])
  })

  test('bytes that nobody asked for are an error', () => {
    const exchange = Exchange.get()
    exchange.receive('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    expect(exchange.receive('HTTP/1.1 408 X\r\n\r\n')).toBe(502)
  })
})

describe('the end of the connection', () => {
  test('ends a body without a length', () => {
    const exchange = Exchange.get()
    exchange.receive('HTTP/1.1 200 OK\r\n\r\nabc')
    expect(exchange.codec.onPeerEnd()).toBeUndefined()
    expect(exchange.response.events).toEqual(['head 200', 'data abc', 'end'])
  })

  test('cuts a body with a length, or a head, short', () => {
    for (const text of ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', 'HTTP/1.1 2']) {
      const exchange = Exchange.get()
      exchange.receive(text)
      expect(exchange.codec.onPeerEnd()?.status).toBe(502)
    }
  })

  test('before any answer is no protocol error', () => {
    expect(Exchange.get().codec.onPeerEnd()).toBeUndefined()
  })
})

describe('informational and switching', () => {
  test('all informational ones are handed over, and the answer follows', () => {
    const exchange = Exchange.get()
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n'
    exchange.receive(`HTTP/1.1 100 Continue\r\n\r\n${early}HTTP/1.1 199 What\r\n\r\nHTTP/1.1 204 No\r\n\r\n`)
    expect(exchange.response.events).toEqual(['1xx 100', '1xx 103|link: x', '1xx 102', '1xx 199', 'head 204', 'end'])
  })

  function upgrade(): Exchange {
    const exchange = new Exchange()
    const headers = newRequestHeaders('GET', '/ws', 'a')
    headers.set('connection', 'upgrade')
    headers.set('upgrade', 'websocket')
    exchange.encoder.encodeHeaders(headers, false)
    return exchange
  }

  test('an accepted upgrade goes on, and the end of the connection does not complete it', () => {
    const exchange = upgrade()
    exchange.receive('HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nHTTP/1.1 raw')
    expect(exchange.codec.onPeerEnd()).toBeUndefined()
    expect(exchange.response.events).toEqual(['head 101|upgrade: websocket|connection: Upgrade', 'data HTTP/1.1 raw'])
  })

  test('a 101 that does not say so accepts no upgrade', () => {
    const exchange = upgrade()
    exchange.receive('HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n')
    expect(exchange.response.events).toEqual(['head 101|upgrade: websocket', 'end'])
  })

  test('after a reset nothing is delivered', () => {
    const exchange = Exchange.get()
    exchange.encoder.reset('local-reset')
    expect(exchange.receive('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')).toBeUndefined()
    expect(exchange.response.events).toEqual([])
    expect(exchange.codec.reusable).toBe(false)
  })
})

test('preserve_case: what was made here is in lower case, what came keeps its names', () => {
  const format = { kind: 'preserve-case', forwardReasonPhrase: true, ownNames: 'proper-case' } as const
  const exchange = Exchange.get({ headerKeyFormat: format })
  expect(exchange.written).toBe('GET /a HTTP/1.1\r\nhost: a.test\r\n\r\n')
  exchange.receive('HTTP/1.1 200 Fine\r\nX-MiXed: 1\r\ncontent-LENGTH: 0\r\n\r\n')
  expect(exchange.response.events).toEqual(['head 200|x-mixed: 1|content-length: 0', 'end'])
})

test.each(['200', '200 '])('preserve_case: of the status line %p no phrase is passed on', (line) => {
  const format = { kind: 'preserve-case', forwardReasonPhrase: true, ownNames: 'default' } as const
  const reader = new ResponseHeadReader({ ...DEFAULT_HTTP1_CLIENT_SETTINGS, headerKeyFormat: format })
  reader.read(Buffer.from(`HTTP/1.1 ${line}\r\ncontent-length: 0\r\n\r\n`), 0)
  expect(reader.headers?.reasonPhrase).toBeUndefined()
})
