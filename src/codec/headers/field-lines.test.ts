import { describe, expect, test } from 'bun:test'
import type { HeaderMap, RequestHeaders } from '../../api/headers.ts'
import { byteWriter } from '../../base/byte-writer.ts'
import { lentBytes } from '../../base/lent-bytes.ts'
import { RequestHeadReader } from '../http1/head/request-head-reader.ts'
import { DEFAULT_HTTP1_SERVER_SETTINGS } from '../http1/settings.ts'
import type { OmittedLines } from './field-lines.ts'
import { writeHttp1Lines } from './http1-lines.ts'
import { newRequestHeaders, writeRequestHead } from './request-headers.ts'
import { newResponseHeaders } from './response-headers.ts'
import { newTrailers } from './trailers.ts'

const LINES = ['Host: a.test', 'X-One: 1', 'X-Two: 2', 'X-One: 3', 'User-Agent: u', 'Cookie: a', 'Cookie: b']

/** The same head as a view on received bytes, as a rewritten one (a blank too many), and built by hand. */
const MAPS: Readonly<Record<string, () => RequestHeaders>> = {
  'a view': () => received(`GET /p HTTP/1.1\r\n${LINES.join('\r\n')}\r\n\r\n`),
  'a rewritten head': () => received(`GET  /p HTTP/1.1\r\n${LINES.join('\r\n')}\r\n\r\n`),
  'a map built by hand': () => {
    const headers = newRequestHeaders('GET', '/p', 'a.test')
    for (const line of LINES.slice(1)) {
      const [name, value] = line.split(': ')
      headers.add(name!.toLowerCase(), value!)
    }
    return headers
  },
}

function received(head: string): RequestHeaders {
  const reader = new RequestHeadReader(DEFAULT_HTTP1_SERVER_SETTINGS)
  reader.read(Buffer.from(head, 'latin1'), 0)
  if (reader.headers === undefined) throw new Error(reader.error?.message ?? 'incomplete')
  return reader.headers
}

function headOf(map: RequestHeaders): string {
  const out = byteWriter.begin()
  writeRequestHead(out, map, undefined, undefined)
  return out.toString()
}

function linesOf(map: HeaderMap, omit: OmittedLines): string {
  const out = byteWriter.begin()
  writeHttp1Lines(out, map, undefined, omit)
  return out.toString()
}

function entries(map: HeaderMap): string[] {
  const out: string[] = []
  map.forEach((name, value) => out.push(`${name}: ${value}`))
  return out
}

for (const [what, make] of Object.entries(MAPS)) {
  describe(what, () => {
    test('reads', () => {
      const map = make()
      expect(map.get('x-one')).toBe('1')
      expect(map.getAll('x-one')).toEqual(['1', '3'])
      expect(map.getAll('cookie')).toEqual(['a', 'b'])
      expect(map.get('x-none')).toBeUndefined()
      expect(map.getAll('te')).toEqual([])
      expect(map.has('user-agent')).toBe(true)
      expect(map.has('x-on')).toBe(false)
      expect(map.size).toBe(6)
      expect(entries(map)).toEqual(['x-one: 1', 'x-two: 2', 'x-one: 3', 'user-agent: u', 'cookie: a', 'cookie: b'])
    })

    test('pseudo-headers are properties and names, and no fields', () => {
      const map = make()
      expect([map.get(':method'), map.get(':path'), map.get(':authority'), map.get('host')]).toEqual([
        'GET',
        '/p',
        'a.test',
        'a.test',
      ])
      expect(map.get(':scheme')).toBeUndefined()
      map.set('host', 'b.test')
      map.set(':path', '/q')
      expect([map.authority, map.path]).toEqual(['b.test', '/q'])
      expect(map.remove('host')).toBe(1)
      expect(map.authority).toBeUndefined()
    })

    test('byteSize counts names and values', () => {
      const pseudo = ':method'.length + 3 + ':path'.length + 2 + ':authority'.length + 'a.test'.length
      expect(make().byteSize).toBe(pseudo + LINES.slice(1).join('').length - 2 * (LINES.length - 1))
    })

    test('set keeps the place of a joining name and moves every other one to the end', () => {
      const map = make()
      map.set('user-agent', 'v')
      map.set('x-one', 'new')
      expect(entries(map)).toEqual(['x-two: 2', 'user-agent: v', 'cookie: a', 'cookie: b', 'x-one: new'])
      map.set('x-one', 'newer')
      expect(map.getAll('x-one')).toEqual(['newer'])
    })

    test('add joins where Envoy joins, append joins everywhere', () => {
      const map = make()
      map.add('user-agent', 'w')
      map.add('x-two', 'w')
      map.append('x-one', '9')
      map.append('x-new', '1')
      map.append('x-new', '2')
      expect(map.get('user-agent')).toBe('u,w')
      expect(map.getAll('x-two')).toEqual(['2', 'w'])
      expect(map.getAll('x-one')).toEqual(['1,9', '3'])
      expect(map.get('x-new')).toBe('1,2')
    })

    test('remove takes every line', () => {
      const map = make()
      map.add('x-one', '4')
      expect(map.remove('x-one')).toBe(3)
      expect(map.remove('x-one')).toBe(0)
      expect(map.has('x-one')).toBe(false)
      expect(map.size).toBe(4)
    })

    test('serialises what it holds', () => {
      const map = make()
      const rest = '\r\nx-two: 2\r\nx-one: 3\r\nuser-agent: u\r\ncookie: a\r\ncookie: b'
      expect(headOf(map)).toBe(`GET /p HTTP/1.1\r\nhost: a.test\r\nx-one: 1${rest}`)
      map.remove('x-one')
      map.set('user-agent', 'other')
      map.add('transfer-encoding', 'chunked')
      map.set('x-request-id', 'r')
      map.path = '/q'
      expect(headOf(map)).toBe(
        'GET /q HTTP/1.1\r\nhost: a.test\r\nx-two: 2\r\nuser-agent: other\r\ncookie: a\r\ncookie: b\r\nx-request-id: r',
      )
    })
  })
}

describe('received heads', () => {
  test('repeated lines of joining names are one, host included', () => {
    const map = received(
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nAccept: x\r\nVia: 1\r\nAccept: y\r\nX: 1\r\nX: 2\r\n\r\n',
    )
    expect(map.authority).toBe('a,b')
    expect(entries(map)).toEqual(['accept: x,y', 'via: 1', 'x: 1', 'x: 2'])
    expect(headOf(map)).toBe('GET / HTTP/1.1\r\nhost: a,b\r\naccept: x,y\r\nvia: 1\r\nx: 1\r\nx: 2')
  })

  test('a host that is not the first line moves there', () => {
    const map = received('GET / HTTP/1.1\r\nX: 1\r\nHost: a\r\nY: 2\r\n\r\n')
    expect(headOf(map)).toBe('GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\ny: 2')
  })

  test('outlive memory that was lent for them', () => {
    const chunk = Buffer.from('GET /path HTTP/1.1\r\nhost: a.test\r\nx-one: value\r\n\r\n')
    const reader = new RequestHeadReader(DEFAULT_HTTP1_SERVER_SETTINGS)
    lentBytes.lend(chunk)
    reader.read(chunk, 0)
    lentBytes.takeBack()
    chunk.fill(0)
    const map = reader.headers!
    expect([map.path, map.authority, map.get('x-one')]).toEqual(['/path', 'a.test', 'value'])
    expect(headOf(map)).toBe('GET /path HTTP/1.1\r\nhost: a.test\r\nx-one: value')
  })

  test('names of equal length are told apart', () => {
    const map = received('GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: 2\r\n\r\n')
    expect([map.get('x-b'), map.get('x-c')]).toEqual(['2', undefined])
  })
})

describe('other maps', () => {
  test('responses: the status is a property', () => {
    const map = newResponseHeaders(200)
    expect([map.get(':status'), map.status]).toEqual(['200', 200])
    map.set(':status', '404')
    expect(map.status).toBe(404)
    map.set('server', 'a')
    map.add('server', 'b')
    expect(linesOf(map, 'coding')).toBe('\r\nserver: a,b')
  })

  test('trailers join nothing and may be named like anything', () => {
    const map = newTrailers()
    map.add('via', '1')
    map.add('via', '2')
    map.add('transfer-encoding', 'x')
    expect(linesOf(map, 'none')).toBe('\r\nvia: 1\r\nvia: 2\r\ntransfer-encoding: x')
  })
})

test('an empty authority counts as a field, none does not', () => {
  expect(newRequestHeaders('GET', '/', '').byteSize).toBe(':method:path:authority'.length + 'GET/'.length)
  expect(newRequestHeaders('GET', '/', undefined).byteSize).toBe(':method:path'.length + 'GET/'.length)
})
