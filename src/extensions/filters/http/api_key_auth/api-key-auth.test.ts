import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const KEYS = 'credentials: [{key: one, client: first}, {key: two, client: second}]'
const SOURCES = 'key_sources: [{header: X-Key}, {query: key}, {cookie: key}]'
const FULL = `{${KEYS}, ${SOURCES}, forwarding: {header: X-Client, hide_credentials: true}}`

httpFilterConformance(extension, {
  good: ['{}', FULL],
  bad: [
    ['credentials: [{key: a, client: b}, {key: a, client: c}]', "Duplicated credential key: 'a'"],
    ['key_sources: [{}]', "One of 'header'/'query'/'cookie' must be set."],
    ['credentials: [{key: a}]', 'client'],
  ],
  perRoute: {
    good: ['{}', `{${KEYS}, ${SOURCES}, allowed_clients: [first], forwarding: {}}`],
    bad: [['key_sources: [{}]', 'header']],
  },
})

describe('api_key_auth', () => {
  test('a key may be in a header, the query or a cookie, and does not go on', () => {
    const sent: readonly (readonly [string, readonly string[]])[] = [
      ['GET /', ['x-key: Bearer one']],
      ['GET /?key=one&a=b', []],
      ['GET /', ['cookie: key=one; a=b']],
    ]
    for (const [line, headers] of sent) {
      const filter = new FilterHarness(extension, { config: FULL }).send(line, [...headers])
      expect(filter.forwarded['x-client']).toBe('first')
      expect(JSON.stringify(filter.forwarded)).not.toContain('one')
    }
  })

  test('no key, or an unknown one, is 401', () => {
    const filter = new FilterHarness(extension, { config: FULL })
    for (const headers of [[], ['x-key: three']]) {
      expect(filter.send('GET /', headers).reply()).toMatchObject({
        status: 401,
        body: 'Client authentication failed.',
      })
    }
    expect(filter.logged.map(({ details }) => details)).toEqual(['missing_api_key', 'unknown_api_key'])
    expect(filter.stat('api_key_auth.unauthorized')).toBe(2)
  })

  test('a route lists whom it is for', () => {
    const type = '"@type": type.googleapis.com/envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute'
    const own = `typed_per_filter_config: {envoy.filters.http.api_key_auth: {${type}, allowed_clients: [second]}}`
    const filter = new FilterHarness(extension, {
      config: FULL,
      routes: `{match: {prefix: /}, route: {cluster: app}, ${own}}`,
    })
    expect(filter.send('GET /', ['x-key: one']).reply()).toMatchObject({ status: 403, body: 'Client is forbidden.' })
    expect(filter.send('GET /', ['x-key: two']).forwarded['x-key']).toBe('two')
    expect([filter.stat('api_key_auth.forbidden'), filter.stat('api_key_auth.allowed')]).toEqual([1, 1])
  })
})
