/**
 * Random changes to requests and responses. What must hold: decode or ProtocolError and never an exception, the cut of
 * the bytes changes nothing, and nothing is kept beyond the limits.
 */
import { describe, expect, test } from 'bun:test'
import { newRequestHeaders } from '../headers/request-headers.ts'
import { createHttp1ClientCodec } from './client-codec.ts'
import type { Http1ServerSettings } from './settings.ts'
import { DEFAULT_HTTP1_CLIENT_SETTINGS, DEFAULT_HTTP1_SERVER_SETTINGS } from './settings.ts'
import { RecordingResponse, RecordingServer } from './testing/recording.ts'

const BUDGET_MS = 900
const SEED = 20_26

const REQUESTS = [
  'GET /a HTTP/1.1\r\nHost: a.test\r\nX-One: 1\r\n\r\nGET /b HTTP/1.1\r\nHost: b\r\n\r\n',
  'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n',
  'POST /l HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close, x-a\r\nX-A:  b \r\n\r\nhello',
  'GET http://b.test:80/p?q HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nX: a\r\n b\r\n\r\n',
  'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\nraw bytes\r\n\r\nmore',
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello',
  '\r\n\nGET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /09\r\n',
]

const RESPONSES = [
  'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'HTTP/1.0 200\r\nServer: x\r\n\r\nuntil the end',
  'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nX:\r\n y\r\n\r\n',
]

const SETTINGS: readonly Http1ServerSettings[] = [
  DEFAULT_HTTP1_SERVER_SETTINGS,
  {
    ...DEFAULT_HTTP1_SERVER_SETTINGS,
    acceptHttp10: true,
    allowChunkedLength: true,
    enableTrailers: true,
    underscoresAction: 'drop-header',
    maxHeadersBytes: 200,
    maxHeadersCount: 4,
    headerKeyFormat: { kind: 'preserve-case', forwardReasonPhrase: true, ownNames: 'default' },
  },
]

/** Bytes that mean something to a parser. */
const SPICE = Buffer.from('\r\n\r\n :\t\0\x7f\xff0aF;,chunked1/HTTP_-"@#?%')

describe('fuzz', () => {
  test('requests', () => {
    const random = makeRandom(SEED)
    for (const end = Date.now() + BUDGET_MS; Date.now() < end;) {
      const settings = SETTINGS[random(SETTINGS.length)]!
      const bytes = mutate(Buffer.from(REQUESTS[random(REQUESTS.length)]!, 'latin1'), random)
      const whole = serve(settings, [bytes])
      const parts = serve(settings, cut(bytes, random))
      expect({ bytes: bytes.latin1Slice(), events: upToError(parts, whole) }).toEqual({
        bytes: bytes.latin1Slice(),
        events: whole,
      })
    }
  })

  test('responses', () => {
    const random = makeRandom(SEED + 1)
    for (const end = Date.now() + BUDGET_MS; Date.now() < end;) {
      const bytes = mutate(Buffer.from(RESPONSES[random(RESPONSES.length)]!, 'latin1'), random)
      const whole = receive([bytes])
      const parts = receive(cut(bytes, random))
      expect({ bytes: bytes.latin1Slice(), events: upToError(parts, whole) }).toEqual({
        bytes: bytes.latin1Slice(),
        events: whole,
      })
    }
  })

  test('an endless head, trailer, chunk size or extension ends with an error or keeps nothing', () => {
    const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const endless: readonly (readonly [string, string, string | undefined])[] = [
      ['GET /', 'a', '431 http1.headers_too_large'],
      ['GET / HTTP/1.1\r\nX: ', 'a', '431 http1.headers_too_large'],
      [`${chunked}0\r\nX: `, 'a', '431 http1.headers_too_large'],
      [`${chunked}`, '1', '400 http1.codec_error'],
      [`${chunked}`, '0', undefined],
      [`${chunked}1;`, 'x', undefined],
      ['', '\r\n', undefined],
    ]
    for (const [start, repeated, error] of endless) {
      const server = new RecordingServer({ ...DEFAULT_HTTP1_SERVER_SETTINGS, enableTrailers: true })
      server.feed([Buffer.from(start)])
      for (let i = 0; i < 40 && server.error === undefined; i++) server.feed([Buffer.from(repeated.repeat(4096))])
      const got = server.error === undefined ? undefined : `${server.error.status} ${server.error.details}`
      expect({ start, repeated, error: got }).toEqual({ start, repeated, error })
      expect(server.codec.pendingBytes).toBe(0)
    }
  })
})

function serve(settings: Http1ServerSettings, pieces: readonly Uint8Array[]): string[] {
  const server = new RecordingServer(settings)
  server.feed(pieces)
  return server.summary()
}

function receive(pieces: readonly Uint8Array[]): string[] {
  const codec = createHttp1ClientCodec(
    { write: () => undefined, writeComposed: () => undefined, onGoAway: () => undefined },
    DEFAULT_HTTP1_CLIENT_SETTINGS,
  )
  const response = new RecordingResponse()
  codec.newStream(response).encodeHeaders(newRequestHeaders('GET', '/', 'a'), true)
  let error: string | undefined
  for (const piece of pieces) error ??= codec.dispatch(Buffer.from(piece))?.details
  error ??= codec.onPeerEnd()?.details
  const out: string[] = []
  for (const event of response.events) {
    if (event.startsWith('data ') && out.at(-1)?.startsWith('data ')) out.push(out.pop()! + event.slice(5))
    else out.push(event)
  }
  if (error !== undefined) out.push(`error ${error}`)
  return out
}

/** Body bytes that come in one piece with an error are not delivered; in pieces they are. */
function upToError(events: readonly string[], whole: readonly string[]): readonly string[] {
  if (!whole.at(-1)?.startsWith('error ')) return events
  return events.filter((event, index) => !event.startsWith('data ') || whole[index] === event)
}

function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  let out = bytes
  for (let changes = random(4); changes >= 0; changes--) {
    const at = random(out.length + 1)
    const byte = Buffer.of(SPICE[random(SPICE.length)]!)
    switch (random(4)) {
      case 0:
        out = Buffer.concat([out.subarray(0, at), byte, out.subarray(at)])
        break
      case 1:
        out = Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + 1 + random(3)))])
        break
      case 2: {
        const from = random(out.length + 1)
        out = Buffer.concat([out.subarray(0, at), out.subarray(from, from + random(24)), out.subarray(at)])
        break
      }
      default:
        out = Buffer.concat([out.subarray(0, at), byte, out.subarray(Math.min(out.length, at + 1))])
    }
  }
  return out
}

function cut(bytes: Buffer, random: (below: number) => number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random(random(3) === 0 ? 40 : 3)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}

function makeRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}
