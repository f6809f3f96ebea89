import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

httpFilterConformance(extension, {
  good: ['{}'],
  transparent: '{}',
  perRoute: {
    good: [
      '{}',
      `{allow_origin_string_match: [{exact: a}, {safe_regex: {regex: b+}}], allow_methods: GET, allow_headers: x,
        expose_headers: z, max_age: "1", allow_credentials: true, allow_private_network_access: true,
        forward_not_matching_preflights: false, filter_enabled: {default_value: {numerator: 1}, runtime_key: k},
        shadow_enabled: {default_value: {numerator: 1}}}`,
    ],
    bad: [
      ['allow_origin_string_match: [{safe_regex: {regex: "("}}]', 'missing )'],
      ['filter_enabled: {}', 'default_value'],
    ],
  },
})

const POLICY = `typed_per_filter_config: {envoy.filters.http.cors: {
  "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy,
  allow_origin_string_match: [{exact: http://good}], allow_methods: "GET", expose_headers: x-e,
  filter_enabled: {runtime_key: cors.on, default_value: {numerator: 100}}}}`

test('cors: a preflight is answered, other requests go on and their responses are marked', () => {
  const filter = new FilterHarness(extension, { virtualHost: POLICY })
  filter.send('OPTIONS /', ['origin: http://good', 'access-control-request-method: GET'])
  expect(filter.reached).toBeFalse()
  expect(filter.reply()).toMatchObject({ status: 200, headers: { 'access-control-allow-methods': 'GET' } })
  expect(filter.logged[0]?.details).toBe('cors_response')
  filter.send('GET /', ['origin: http://good']).respond(200, [], 'ok')
  const { headers } = filter.reply()
  expect([headers['access-control-allow-origin'], headers['access-control-expose-headers']]).toEqual([
    'http://good',
    'x-e',
  ])
  filter.send('GET /', ['origin: http://bad']).respond(200, [], 'ok')
  expect(filter.reply().headers['access-control-allow-origin']).toBeUndefined()
  expect([filter.stat('cors.origin_valid'), filter.stat('cors.origin_invalid')]).toEqual([2, 1])
})

test('cors: the runtime may switch a policy off', () => {
  const filter = new FilterHarness(extension, { virtualHost: POLICY, runtime: { 'cors.on': 0 } })
  filter.send('GET /', ['origin: http://good']).respond(200, [], 'ok')
  expect(filter.reply().headers['access-control-allow-origin']).toBeUndefined()
  expect(filter.stat('cors.origin_valid')).toBe(0)
})
