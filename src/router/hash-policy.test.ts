import { describe, expect, test } from 'bun:test'
import type { HashKey } from '../api/upstream.ts'
import { xxHash64 } from '../base/xx-hash64.ts'
import { request, routes, testStreamInfo } from '../../test/support/route-table.ts'

interface Hashed {
  readonly hash: bigint | undefined
  readonly cookies: readonly string[]
}

function hashed(policies: string, line = 'a.com/p?q=1', ...fields: readonly string[]): Hashed {
  const config = routes(`{match: {prefix: /}, route: {cluster: c, hash_policy: ${policies}}}`)
  const headers = request(line, ...fields)
  const info = testStreamInfo()
  const cookies: string[] = []
  const key = config.route(headers, info, 0)!.entry!.hashPolicy!.hash(headers, info, ({ name, attributes }) => {
    cookies.push(`${name}${attributes}`)
    return 'made'
  })
  return { hash: key && wide(key), cookies }
}

function wide({ high, low }: HashKey): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}

describe('hash policies', () => {
  test('xxHash64 of wire text', () => {
    expect(xxHash64('')).toBe(0xef46db3751d8e999n)
    expect(xxHash64('a')).toBe(0xd24ec4f1a98c6e5bn)
    expect(xxHash64('\u00e9')).not.toBe(xxHash64('\u00c3\u00a9'))
  })

  test('each finds its part of the request', () => {
    expect(hashed('[{header: {header_name: X-A}}]', undefined, 'x-a: v').hash).toBe(xxHash64('v'))
    expect(hashed('[{header: {header_name: x-a}}]').hash).toBeUndefined()
    expect(hashed('[{query_parameter: {name: q}}]').hash).toBe(xxHash64('1'))
    expect(hashed('[{connection_properties: {source_ip: true}}]').hash).toBe(xxHash64('127.0.0.1'))
    expect(hashed('[{cookie: {name: c}}]', undefined, 'cookie: b=1; c=2').hash).toBe(xxHash64('2'))
    const rewritten =
      '[{header: {header_name: x-a, regex_rewrite: {pattern: {regex: "^/(.).*"}, substitution: "\\\\1"}}}]'
    expect(hashed(rewritten, undefined, 'x-a: /abc').hash).toBe(xxHash64('a'))
  })

  test('several values of a header count in any order', () => {
    const one = hashed('[{header: {header_name: x-a}}]', undefined, 'x-a: b', 'x-a: a')
    const other = hashed('[{header: {header_name: x-a}}]', undefined, 'x-a: a', 'x-a: b')
    expect(one).toEqual(other)
    expect(one.hash).toBe(xxHash64('b', xxHash64('a')))
  })

  test('two are combined, unless the first ends it', () => {
    const both = '[{header: {header_name: x-a}}, {header: {header_name: x-a}}]'
    const first = xxHash64('v')
    const turned = BigInt.asUintN(64, first << 1n) | (first >> 63n)
    expect(hashed(both, undefined, 'x-a: v').hash).toBe(turned ^ first)
    const ended = '[{header: {header_name: x-a}, terminal: true}, {query_parameter: {name: q}}]'
    expect(hashed(ended, undefined, 'x-a: v').hash).toBe(first)
    expect(hashed(ended).hash).toBe(xxHash64('1'))
  })

  test('a cookie is made where there is a lifetime', () => {
    const cookie =
      '[{cookie: {name: c, ttl: 60s, path: /p, attributes: [{name: SameSite, value: Lax}, {name: Secure}]}}]'
    expect(hashed(cookie)).toEqual({
      hash: xxHash64('made'),
      cookies: ['c; Max-Age=60; Path=/p; SameSite=Lax; Secure; HttpOnly'],
    })
    expect(hashed('[{cookie: {name: c, ttl: 0s}}]').cookies).toEqual(['c; HttpOnly'])
    expect(hashed('[{cookie: {name: c}}]')).toEqual({ hash: undefined, cookies: [] })
  })
})
