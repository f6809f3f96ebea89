import { describe, expect, test } from 'bun:test'
import type { FilterSetup } from '../../../../../test/support/filter-harness.ts'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

httpFilterConformance(extension, {
  good: [
    'stat_prefix: a',
    '{stat_prefix: a, enable_mode: REQUEST_AND_RESPONSE, limit_kbps: 1, fill_interval: 0.02s, runtime_enabled: {default_value: true, runtime_key: k}, enable_response_trailers: true, response_trailer_prefix: x}',
  ],
  bad: [
    ['{}', 'stat_prefix'],
    ['{stat_prefix: a, limit_kbps: 0}', 'limit_kbps'],
    ['{stat_prefix: a, fill_interval: 2s}', 'fill_interval'],
  ],
  perRoute: {
    good: ['{stat_prefix: a, limit_kbps: 1}'],
    bad: [['stat_prefix: a', 'limit must be set for per route filter config']],
  },
  transparent: 'stat_prefix: a',
})

function limited(fields: string, setup: FilterSetup = {}): FilterHarness<unknown> {
  return new FilterHarness(extension, { config: `{stat_prefix: bw, limit_kbps: 1, ${fields}}`, ...setup })
}

const stat = (filter: FilterHarness<unknown>, name: string): number | undefined =>
  filter.manager.scope.valueOf(`bw.http_bandwidth_limit.${name}`)

const KIB = 'x'.repeat(1024)

describe('bandwidth limit', () => {
  test('a response takes as long as its bytes', () => {
    const filter = limited('enable_mode: RESPONSE').send('GET /')
    filter.respondOpen(200, ['content-length: 1024'])
    filter.respondData(KIB, true).advance(1)
    // The bucket starts with what comes in one interval.
    expect(filter.reply().body.length).toBe(51)
    filter.advance(500)
    const sofar = 51 + filter.written().length
    expect(sofar).toBeGreaterThan(500)
    expect(sofar).toBeLessThan(600)
    expect(stat(filter, 'response_pending')).toBe(1)
    filter.advance(600)
    expect(sofar + filter.written().length).toBe(1024)
    expect(['response_enabled', 'response_pending', 'response_allowed_total_size'].map((n) => stat(filter, n))).toEqual(
      [1, 0, 1024],
    )
    expect(stat(filter, 'response_enforced')).toBeGreaterThan(10)
  })

  test('streams share the bucket', () => {
    const filter = limited('enable_mode: REQUEST')
    filter.advance(10_000)
    filter.send('POST /', [], KIB).advance(1)
    expect(filter.upstream.complete).toBeTrue()
    filter.respond(200).written()
    filter.send('POST /', [], KIB).advance(1)
    expect(filter.upstream.body.length).toBeLessThan(10)
    filter.advance(1100)
    expect(filter.upstream.body.length).toBe(1024)
    expect(filter.upstream.complete).toBeTrue()
  })

  test('trailers wait for the body, and tell of the delay', () => {
    const filter = limited('enable_mode: RESPONSE, enable_response_trailers: true, response_trailer_prefix: P').send(
      'GET /',
    )
    filter.respondOpen(200)
    filter.respondData(KIB, false)
    filter.respondTrailers(['x-t: 1'])
    filter.advance(2000)
    const { body, trailers } = filter.reply()
    expect(body.length).toBe(1024)
    expect(trailers['x-t']).toBe('1')
    expect(Number(trailers['p-bandwidth-response-delay-ms'])).toBeGreaterThan(900)
    expect(Number(trailers['p-bandwidth-response-filter-delay-ms'])).toBeGreaterThan(900)
  })

  test('trailers are added where there are none', () => {
    const filter = limited('enable_mode: RESPONSE, enable_response_trailers: true').send('GET /')
    filter.respondOpen(200)
    filter.respondData(KIB, true)
    filter.advance(2000)
    expect(Object.keys(filter.reply().trailers)).toEqual([
      'bandwidth-response-delay-ms',
      'bandwidth-response-filter-delay-ms',
    ])
  })

  test('a route has a limit of its own, and the runtime none', () => {
    const type = '"@type": type.googleapis.com/envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit'
    const route = `{match: {prefix: /}, route: {cluster: app}, typed_per_filter_config: {envoy.filters.http.bandwidth_limit: {${type}, stat_prefix: r, limit_kbps: 10, enable_mode: REQUEST}}}`
    const own = limited('enable_mode: DISABLED', { routes: route })
    own.send('POST /', [], KIB.repeat(10)).advance(1)
    // Its bucket fills from the start, with what comes in one interval.
    expect(own.upstream.body.length).toBe(512)
    own.advance(960)
    expect(own.upstream.body.length).toBe(10_240)
    own.respond(200).written()
    own.send('POST /', [], KIB).advance(1)
    expect(own.upstream.complete).toBeFalse()
    const off = limited('enable_mode: REQUEST, runtime_enabled: {default_value: true, runtime_key: k}', {
      runtime: { k: false },
    })
    expect(off.send('POST /', [], KIB).upstream.complete).toBeTrue()
  })
})
