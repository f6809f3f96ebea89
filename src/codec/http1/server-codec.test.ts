import { describe, expect, test } from 'bun:test'
import type { ResponseEncoder } from '../../api/codec.ts'
import { newResponseHeaders } from '../headers/response-headers.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import type { Http1ServerSettings } from './settings.ts'
import { DEFAULT_HTTP1_SERVER_SETTINGS } from './settings.ts'
import { RecordingServer } from './testing/recording.ts'

const CHUNKED_200 = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

function serve(text: string, answers = true, settings: Partial<Http1ServerSettings> = {}): RecordingServer {
  const server = new RecordingServer({ ...DEFAULT_HTTP1_SERVER_SETTINGS, ...settings }, answers)
  server.feed([latin1(text)])
  return server
}

describe('requests', () => {
  test('GET: one head, nothing else', () => {
    const server = serve('GET /a?b HTTP/1.1\r\nHost: a.test\r\nX-One: 1\r\n\r\n')
    expect(server.events).toEqual(['stream', 'head GET /a?b host=a.test|x-one: 1', 'end'])
    expect(server.written).toBe('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  })

  test('POST: body by length, views of one dispatch together', () => {
    const server = serve('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')
    expect(server.events).toEqual(['stream', 'head POST / host=a|content-length: 3', 'data abc', 'end'])
  })

  test('chunked: chunks of one dispatch are one event', () => {
    const server = serve(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n',
    )
    expect(server.events).toEqual(['stream', 'head POST / host=a|transfer-encoding: chunked', 'data abc', 'end'])
  })

  test('chunked: a body is whole where only the line of its last chunk is broken', () => {
    const broken = (last: string): string =>
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n${last}\r\n`
    expect(serve(broken('0\n')).events.slice(2, 3)).toEqual(['data abc'])
    expect(serve(broken('1\n')).events.slice(2, 3)).not.toEqual(['data abc'])
  })

  test('pipelined: the second waits for the first response', () => {
    const server = serve('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n', false)
    expect(server.events).toEqual(['stream', 'head GET /1 host=a', 'end'])
    expect(server.codec.pendingBytes).toBe(28)
    server.encoders[0]!.encodeHeaders(newResponseHeaders(204), true)
    expect(server.codec.resume()).toBeUndefined()
    expect(server.events.slice(3)).toEqual(['stream', 'head GET /2 host=a', 'end'])
    expect(server.written).toBe('HTTP/1.1 204 No Content\r\n\r\n')
  })

  test('a response before the end of the request ends it all', () => {
    const server = serve('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc', false)
    const response = newResponseHeaders(413)
    response.set('connection', 'close')
    server.encoders[0]!.encodeHeaders(response, true)
    server.feed([latin1('defghiGET / HTTP/1.1\r\nHost: a\r\n\r\n')])
    expect(server.events).toEqual(['stream', 'head POST / host=a|content-length: 9', 'data abc'])
  })
})

describe('responses', () => {
  test('a body of unknown length leaves in chunks around the given views', () => {
    const server = serve('GET / HTTP/1.1\r\nHost: a\r\n\r\n', false)
    const encoder = server.encoders[0]!
    encoder.encodeHeaders(newResponseHeaders(200), false)
    const data = new ByteQueue()
    data.push(latin1('hello '))
    data.push(latin1('world'))
    encoder.encodeData(data, false)
    encoder.encodeData(new ByteQueue(), true)
    expect(server.written).toBe('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n')
  })
})

describe('leaving HTTP', () => {
  const upgrade = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

  test('bytes behind an upgrade are body, both ways, once it was accepted', () => {
    const server = serve(`${upgrade}early`, false)
    server.feed([latin1('more\r\n\r\n')])
    const response = newResponseHeaders(101)
    response.set('upgrade', 'websocket')
    server.encoders[0]!.encodeHeaders(response, false)
    server.encoders[0]!.encodeData(queueOf('\x81\x02hi'), false)
    expect(server.events.slice(2)).toEqual(['data early', 'data more\r\n\r\n'])
    expect(server.written).toBe('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n\x81\x02hi')
  })

  test('h2c is not offered: what asks for it is gone', () => {
    const ask = 'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n'
    const server = serve(`GET / HTTP/1.1\r\nHost: a\r\n${ask}\r\n`)
    expect(server.events).toEqual(['stream', 'head GET / host=a|connection: close', 'end'])
  })

  test('CONNECT: the authority is the target, 200 opens the tunnel without framing', () => {
    const server = serve('CONNECT b.test:443 HTTP/1.1\r\nHost: other\r\nContent-Length: 0\r\n\r\ntunnel', false)
    server.encoders[0]!.encodeHeaders(newResponseHeaders(200), false)
    server.encoders[0]!.encodeData(queueOf('back'), false)
    expect(server.events).toEqual(['stream', 'head CONNECT  host=b.test:443', 'data tunnel'])
    expect(server.written).toBe('HTTP/1.1 200 OK\r\n\r\nback')
  })

  test('a refused CONNECT is an ordinary response', () => {
    const server = serve('CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n', false)
    server.encoders[0]!.encodeHeaders(newResponseHeaders(404), true)
    expect(server.written).toBe('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
  })
})

describe('framing of responses', () => {
  const cases: readonly (readonly [string, string, (encoder: ResponseEncoder) => void, string])[] = [
    ['HEAD without length', 'HEAD / HTTP/1.1', (e) => e.encodeHeaders(newResponseHeaders(200), true), CHUNKED_200],
    [
      '304',
      'GET / HTTP/1.1',
      (e) => e.encodeHeaders(newResponseHeaders(304), true),
      'HTTP/1.1 304 Not Modified\r\n\r\n',
    ],
    [
      '204 drops a length',
      'GET / HTTP/1.1',
      (e) => e.encodeHeaders(withLength(204), true),
      'HTTP/1.1 204 No Content\r\n\r\n',
    ],
    [
      'an unknown status',
      'GET / HTTP/1.1',
      (e) => e.encodeHeaders(newResponseHeaders(418), true),
      'HTTP/1.1 418 Unknown\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'HTTP/1.0 is not chunked',
      'GET / HTTP/1.0',
      (e) => {
        e.encodeHeaders(newResponseHeaders(200), false)
        e.encodeData(queueOf('abc'), true)
      },
      'HTTP/1.0 200 OK\r\n\r\nabc',
    ],
    [
      '100 to HTTP/1.0',
      'GET / HTTP/1.0',
      (e) => {
        e.encode1xx(newResponseHeaders(100))
        e.encodeHeaders(newResponseHeaders(200), true)
      },
      'HTTP/1.0 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      '100 before the response',
      'GET / HTTP/1.1',
      (e) => {
        e.encode1xx(newResponseHeaders(100))
        e.encodeHeaders(newResponseHeaders(200), true)
      },
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    ],
    [
      'trailers that are not enabled',
      'GET / HTTP/1.1',
      (e) => {
        e.encodeHeaders(newResponseHeaders(200), false)
        e.encodeTrailers(newResponseHeaders(200))
      },
      `${CHUNKED_200}0\r\n\r\n`,
    ],
  ]
  for (const [name, line, answer, expected] of cases) {
    test(name, () => {
      const server = serve(`${line}\r\nHost: a\r\n\r\n`, false, { acceptHttp10: true })
      answer(server.encoders[0]!)
      expect(server.written).toBe(expected)
    })
  }

  test('nothing is written after the end', () => {
    const server = serve('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const before = server.written
    server.encoders[0]!.encodeHeaders(newResponseHeaders(500), true)
    server.encoders[0]!.encodeData(queueOf('x'), true)
    server.encoders[0]!.reset('local-reset')
    expect(server.written).toBe(before)
  })
})

describe('settings', () => {
  test("proper case words of names, codec's own included", () => {
    const server = serve('GET / HTTP/1.1\r\nHost: a\r\n\r\n', false, { headerKeyFormat: 'proper-case' })
    const response = newResponseHeaders(200)
    response.set('x-resp-one', '1')
    response.set('etag', 'e')
    server.encoders[0]!.encodeHeaders(response, true)
    expect(server.written).toBe('HTTP/1.1 200 OK\r\nX-Resp-One: 1\r\nEtag: e\r\nContent-Length: 0\r\n\r\n')
  })

  test('underscores: dropped or refused, and counted', () => {
    let dropped = 0
    let rejected = 0
    const counters = { onUnderscoreDropped: () => void dropped++, onUnderscoreRejected: () => void rejected++ }
    const text = 'GET / HTTP/1.1\r\nHost: a\r\nX_A: 1\r\nX_B: 1\r\n\r\n'
    expect(serve(text, true, { underscoresAction: 'drop-header', ...counters }).events[1]).toBe('head GET / host=a')
    const refused = serve(text, true, { underscoresAction: 'reject-request', ...counters })
    expect(refused.events).toEqual(['stream', 'error 400 http1.unexpected_underscore'])
    expect([dropped, rejected]).toEqual([2, 1])
  })

  test.each([
    ['host: a\r\nx_b: 1\r\nx-first: 12345\r\nx-second: 6789', 22],
    ['host: a\r\nx-first: 12345\r\nX_b: 1\r\nx-second: 6789', 38],
    ['host: a\nx-first:12345\nX_b: 1\nx-second: 6789', 38],
    ['host: a\r\nx-first: 12345\r\nx-second: 6789\r\nx_b: 1', 45],
    ['host: a\r\nx-first: 12345\r\nx\xe9: 1\r\nx-second: 6789', 20],
    ['x\xe9: 1\r\nhost: a', 0],
    ['host: a\r\nx\xe9: 1\r\nx@b: 6789', 0],
    ['host: a\r\nx-first: a\0b', 0],
  ])('what counts of a head refused over a name: %j', (lines, bytes) => {
    const server = serve(`GET / HTTP/1.1\r\n${lines}\r\n\r\n`, true, { underscoresAction: 'reject-request' })
    expect(server.encoders[0]!.meter.headerBytesReceived).toBe(bytes)
  })

  test.each([
    ['x-first: 1234\r\nx_b: 1\r\nx-third: z', 28],
    ['x-first: 1234\r\nx\xe9: 1\r\nx-third: z', 11],
    ['x-t: v\r\n'.repeat(120).trimEnd(), 101 * 7 + 3],
    ['x-first: 1234\r\nx b: 1\r\nx-third: z', 0],
  ])('what counts of trailers that are refused: %j', (lines, bytes) => {
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'
    const server = serve(`${head}0\r\n${lines}\r\n\r\n`, true, {
      underscoresAction: 'reject-request',
      enableTrailers: true,
    })
    expect(server.encoders[0]!.meter.headerBytesReceived).toBe(
      'hosta'.length + 'transfer-encodingchunked'.length + 6 + bytes,
    )
  })

  test('underscores in trailers are held to the same rule', () => {
    const text = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nx_t: 1\r\ny: 1\r\n\r\n'
    const trailers = (underscoresAction: Http1ServerSettings['underscoresAction']): readonly string[] =>
      serve(text, true, { enableTrailers: true, underscoresAction }).events.slice(3)
    expect(trailers('drop-header')).toEqual(['trailers |y: 1', 'end'])
    expect(trailers('reject-request')).toEqual(['error 400 http1.unexpected_underscore'])
  })

  test('a line that begins no method is refused when it ends', () => {
    const server = new RecordingServer(DEFAULT_HTTP1_SERVER_SETTINGS, false)
    server.feed([latin1('abc')])
    expect(server.events).toEqual(['stream'])
    server.feed([latin1('\r\n')])
    expect(server.events).toEqual(['stream', 'error 400 http1.codec_error'])
    expect(serve('a'.repeat(61440)).events).toEqual(['stream', 'error 431 http1.headers_too_large'])
  })

  test('methods: known ones, or any token', () => {
    const text = 'FOO-b! /m HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(serve(text).events).toEqual(['stream', 'error 400 http1.codec_error'])
    expect(serve(text, true, { allowCustomMethods: true }).events[1]).toBe('head FOO-b! /m host=a')
    const bad = serve('F(O /m HTTP/1.1\r\nHost: a\r\n\r\n', true, { allowCustomMethods: true })
    expect(bad.events).toEqual(['stream', 'error 400 http1.codec_error'])
  })

  test('upgrades: tokens that are to be ignored are as if they had not been sent', () => {
    const ignoring = { ignoresUpgrade: (token: string) => token === 'foo' }
    const head = (upgrade: string): string =>
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, x-y\r\nUpgrade: ${upgrade}\r\n\r\n`
    expect(serve(head('foo'), true, ignoring).events.slice(1)).toEqual(['head GET / host=a', 'end'])
    expect(serve(head('foo, bar'), true, ignoring).events[1]).toBe(
      'head GET / host=a|connection: upgrade, x-y|upgrade: bar',
    )
  })

  test('trailers: their size is limited also where nobody asked for them', () => {
    const text = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\nt: ${'v'.repeat(200)}\r\n\r\n`
    for (const enableTrailers of [false, true]) {
      const server = serve(text, true, { enableTrailers, maxHeadersBytes: 128 })
      expect(server.events.slice(2)).toEqual(['data z', 'error 431 http1.headers_too_large'])
    }
  })

  test.each(['x t\r\n', 'x t: 1\r\n', ': 1\r\n', ' x: 1\r\n', 'x(: 1\r\n'])(
    'trailers: what nobody asked for has to be well-formed: %j',
    (lines) => {
      const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n'
      const server = serve(`${head}0\r\n${lines}\r\n`, true, {})
      expect(server.events.slice(2)).toEqual(['data z', 'error 400 http1.codec_error'])
    },
  )

  test('trailers that nobody asked for may be many and are dropped', () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n'
    expect(serve(`${head}0\r\n${'x: 1\r\n'.repeat(200)}\r\n`, true, {}).events.slice(2)).toEqual(['data z', 'end'])
  })

  test('absolute targets are left alone on demand', () => {
    const server = serve('GET http://b/p HTTP/1.1\r\nHost: a\r\n\r\n', true, { allowAbsoluteUrl: false })
    expect(server.events[1]).toBe('head GET http://b/p host=a')
  })

  test('an error is told in the version of the request when its lines were in order', () => {
    for (const [line, version] of [
      ['transfer-encoding: gzip', 'HTTP/1.0'],
      ['content-length: x', 'HTTP/1.1'],
      ['x_a: 1', 'HTTP/1.1'],
    ] as const) {
      const server = serve(`POST / HTTP/1.0\r\n${line}\r\n\r\n`, true, {
        acceptHttp10: true,
        underscoresAction: 'reject-request',
      })
      server.encoders[0]!.encodeHeaders(newResponseHeaders(400), true)
      expect(server.written).toStartWith(`${version} 400 `)
    }
  })

  test('https targets are refused on demand, before the version is looked at', () => {
    const server = serve('GET HTTPS://b/p HTTP/1.0\r\nHost: a\r\n\r\n', true, { allowHttpsUrl: false })
    expect(server.events).toEqual(['stream', 'error 403 http1.https_url_on_plaintext_connection'])
  })
})

describe('flow', () => {
  test('a stopped body waits until it is resumed', () => {
    const server = serve('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc', false)
    server.encoders[0]!.readDisable(true)
    server.feed([latin1('def')])
    expect(server.events.at(-1)).toBe('data abc')
    expect(server.codec.pendingBytes).toBe(3)
    server.encoders[0]!.readDisable(false)
    server.codec.resume()
    expect(server.events.slice(-2)).toEqual(['data def', 'end'])
  })

  test('no request begins while the client does not take what it was sent', () => {
    const server = serve('', false)
    server.codec.onAboveHighWatermark()
    server.feed([latin1('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n')])
    expect(server.events).toEqual([])
    server.codec.onBelowLowWatermark()
    server.codec.resume()
    expect(server.events.slice(0, 2)).toEqual(['stream', 'head GET /1 host=a'])
  })

  test('a dead codec stays dead', () => {
    const server = serve('BAD\r\n\r\n')
    const { error } = server
    expect(error?.status).toBe(400)
    expect(server.codec.dispatch(latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))).toBe(error)
    expect(server.events).toEqual(['stream', 'error 400 http1.codec_error'])
  })

  test('the meter counts the wire', () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n'
    const { meter } = serve(`${head}abc`).encoders[0]!
    const sent = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'.length
    const fields = 'host'.length + 'a'.length + 3 + 'content-length'.length + '3'.length + 3
    expect([meter.headerBytesReceived, meter.wireBytesReceived]).toEqual([fields, head.length + 3])
    expect([meter.headerBytesSent, meter.wireBytesSent]).toEqual(['content-length: 0\r\n'.length, sent])
  })

  test('the meter counts trailers as fields of the wire, and not among those of the head', () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const { meter } = serve(`${head}0\r\nx-t: v\r\n\r\n`, true, { enableTrailers: true }).encoders[0]!
    const fields = 'hosta'.length + 3 + 'transfer-encodingchunked'.length + 3
    expect(meter.decompressedHeaderBytesReceived).toBe(fields)
    expect(meter.headerBytesReceived).toBe(fields + 'x-tv'.length + 3)
  })

  test('what waits behind a request counts again when it is read', () => {
    const one = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    const { encoders } = serve(one + one)
    expect(encoders.map(({ meter }) => meter.wireBytesReceived)).toEqual([2 * one.length, one.length])
  })
})

function withLength(status: number): ReturnType<typeof newResponseHeaders> {
  const headers = newResponseHeaders(status)
  headers.set('content-length', '0')
  return headers
}

function queueOf(text: string): ByteQueue {
  const queue = new ByteQueue()
  queue.push(latin1(text))
  return queue
}
