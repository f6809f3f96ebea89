import { describe, expect, test } from 'bun:test'
import { newResponseHeaders } from '../headers/response-headers.ts'
import { ByteQueue } from '../../base/byte-queue.ts'
import { DEFAULT_HTTP1_SERVER_SETTINGS } from './settings.ts'
import { RecordingServer } from './testing/recording.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

function serve(text: string, answers = true): RecordingServer {
  const server = new RecordingServer(DEFAULT_HTTP1_SERVER_SETTINGS, answers)
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
