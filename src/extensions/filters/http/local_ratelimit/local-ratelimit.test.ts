import { describe, expect, test } from 'bun:test'
import type { FilterSetup } from '../../../../../test/support/filter-harness.ts'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const ON = 'filter_enabled: {default_value: {numerator: 100}}, filter_enforced: {default_value: {numerator: 100}}'
const TWO = 'token_bucket: {max_tokens: 2, fill_interval: 100s}'

httpFilterConformance(extension, {
  good: [
    'stat_prefix: a',
    `{stat_prefix: a, ${TWO}, ${ON}, status: {code: ServiceUnavailable}, stage: 3, vh_rate_limits: IGNORE}`,
    '{stat_prefix: a, token_bucket: {max_tokens: 0, fill_interval: 0.01s}}',
    `{stat_prefix: a, ${TWO}, rate_limits: [{actions: [{generic_key: {descriptor_value: x}}]}]}`,
  ],
  bad: [
    ['{}', 'stat_prefix'],
    ['{stat_prefix: a, token_bucket: {max_tokens: 1, fill_interval: 0.049s}}', 'must be >= 50ms'],
    ['{stat_prefix: a, token_bucket: {max_tokens: 1}}', 'fill_interval'],
    [
      '{stat_prefix: a, descriptors: [{entries: [{key: a}], token_bucket: {max_tokens: 1, fill_interval: 0.01s}}]}',
      'descriptor token bucket fill timer must be >= 50ms',
    ],
    [
      `{stat_prefix: a, descriptors: [{entries: [{key: a}], ${TWO}}, {entries: [{key: a}], ${TWO}}]}`,
      'duplicate descriptor in the local rate descriptor: a=',
    ],
    [`{stat_prefix: a, rate_limits: [{stage: 1, actions: [{remote_address: {}}]}]}`, "'stage' field"],
    ['{stat_prefix: a, local_cluster_rate_limit: {}}', 'local_cluster_rate_limit'],
  ],
  perRoute: {
    good: [`{stat_prefix: a, ${TWO}}`],
    bad: [['stat_prefix: a', 'must be set for per filter configs']],
  },
  transparent: `{stat_prefix: a, token_bucket: {max_tokens: 1000, fill_interval: 1s}, ${ON}}`,
})

function limited(fields: string, setup: FilterSetup = {}): FilterHarness<unknown> {
  return new FilterHarness(extension, { config: `{stat_prefix: rl, ${ON}, ${fields}}`, ...setup })
}

function status(filter: FilterHarness<unknown>, line = 'GET /', fields: readonly string[] = []): number {
  filter.send(line, fields)
  if (filter.manager.stream.headers !== undefined && filter.manager.connection.written === '') filter.respond(200)
  return filter.reply().status
}

const counted = (filter: FilterHarness<unknown>, name: string): number | undefined =>
  filter.manager.scope.valueOf(`rl.http_local_rate_limit.${name}`)

describe('local rate limit', () => {
  test('lets through what the bucket holds, and what it fills up to', () => {
    const filter = limited('token_bucket: {max_tokens: 2, tokens_per_fill: 1, fill_interval: 10s}')
    expect([1, 2, 3].map(() => status(filter))).toEqual([200, 200, 429])
    filter.advance(10_000)
    expect([1, 2].map(() => status(filter))).toEqual([200, 429])
    expect(['enabled', 'ok', 'rate_limited', 'enforced'].map((name) => counted(filter, name))).toEqual([5, 3, 2, 2])
    expect(filter.logged.at(-1)).toMatchObject({ code: 429, flags: 'RL', details: 'local_rate_limited' })
  })

  test('tells the client', () => {
    const filter = limited(
      'token_bucket: {max_tokens: 1, fill_interval: 7s}, enable_x_ratelimit_headers: DRAFT_VERSION_03, enable_retry_after_header: true, response_headers_to_add: [{header: {key: x-a, value: b}}]',
    )
    const told = (reset: string) => ({
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': reset,
    })
    expect(filter.send('GET /').respond(200).reply().headers).toMatchObject(told('7'))
    filter.advance(1500)
    expect(filter.send('GET /').reply()).toMatchObject({
      status: 429,
      body: 'local_rate_limited',
      headers: { ...told('6'), 'x-a': 'b', 'retry-after': '6' },
    })
  })

  test('without enforcement requests are told, not refused', () => {
    const filter = new FilterHarness(extension, {
      config: `{stat_prefix: rl, filter_enabled: {default_value: {numerator: 100}}, token_bucket: {max_tokens: 1, fill_interval: 9s}, request_headers_to_add_when_not_enforced: [{header: {key: x-over, value: "yes"}}]}`,
    })
    expect(filter.send('GET /').forwarded['x-over']).toBeUndefined()
    filter.respond(200)
    expect(filter.send('GET /').forwarded['x-over']).toBe('yes')
    expect([counted(filter, 'rate_limited'), counted(filter, 'enforced')]).toEqual([1, 0])
  })

  test('a route has a bucket and stats of its own', () => {
    const type = '"@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'
    const config = `typed_per_filter_config: {envoy.filters.http.local_ratelimit: {${type}, stat_prefix: r, ${ON}, token_bucket: {max_tokens: 1, fill_interval: 9s}, status: {code: ServiceUnavailable}}}`
    const routes = `{match: {prefix: /r}, route: {cluster: app}, ${config}}, {match: {prefix: /}, route: {cluster: app}}`
    const filter = limited(TWO, { routes })
    expect(['/r', '/r', '/', '/', '/'].map((path) => status(filter, `GET ${path}`))).toEqual([200, 503, 200, 200, 429])
    expect(filter.manager.scope.valueOf('r.http_local_rate_limit.enforced')).toBe(1)
  })

  const DESCRIPTORS =
    'rate_limits: [{actions: [{request_headers: {header_name: x-k, descriptor_key: k}}]}], descriptors: [{entries: [{key: k, value: a}], token_bucket: {max_tokens: 1, fill_interval: 99s}}, {entries: [{key: k}], token_bucket: {max_tokens: 1, fill_interval: 99s}}]'

  test('descriptors have buckets of their own, one for each value where any will do', () => {
    const filter = limited(
      `token_bucket: {max_tokens: 100, fill_interval: 1s}, max_dynamic_descriptors: 2, ${DESCRIPTORS}`,
    )
    const asked = (value: string): number => status(filter, 'GET /', [`x-k: ${value}`])
    expect(['a', 'a', 'b', 'b', 'c', 'c'].map(asked)).toEqual([200, 429, 200, 429, 200, 429])
    filter.advance(10)
    // Two values are kept; the one that was not asked for longest is forgotten.
    expect(['b', 'd', 'c'].map(asked)).toEqual([429, 200, 200])
    expect(status(filter)).toBe(200)
  })

  test('the default bucket counts as well, or not', () => {
    const both = limited(`token_bucket: {max_tokens: 1, fill_interval: 99s}, ${DESCRIPTORS}`)
    expect([status(both, 'GET /', ['x-k: a']), status(both)]).toEqual([200, 429])
    const one = limited(
      `token_bucket: {max_tokens: 1, fill_interval: 99s}, always_consume_default_token_bucket: false, ${DESCRIPTORS}`,
    )
    expect([status(one, 'GET /', ['x-k: a']), status(one), status(one)]).toEqual([200, 200, 429])
  })

  test('rate limits of route and virtual host are counted by stage', () => {
    const action = (key: string): string => `actions: [{generic_key: {descriptor_key: ${key}, descriptor_value: v}}]`
    const descriptors = ['a', 'b'].map(
      (key) => `{entries: [{key: ${key}, value: v}], token_bucket: {max_tokens: 1, fill_interval: 99s}}`,
    )
    const filter = limited(`${TWO.replace('2', '100')}, stage: 1, descriptors: [${descriptors.join(', ')}]`, {
      routes: `{match: {prefix: /a}, route: {cluster: app, rate_limits: [{stage: 1, ${action('a')}}]}}, {match: {prefix: /off}, route: {cluster: app, rate_limits: [{stage: 1, disable_key: d, ${action('a')}}, {stage: 0, ${action('a')}}]}}, {match: {prefix: /}, route: {cluster: app}}`,
      virtualHost: `rate_limits: [{stage: 1, ${action('b')}}]`,
    })
    expect(['/a', '/a', '/', '/', '/off', '/off'].map((path) => status(filter, `GET ${path}`))).toEqual([
      200, 429, 200, 429, 200, 200,
    ])
  })

  test('in shadow mode a descriptor only counts', () => {
    const filter = limited(
      'rate_limits: [{actions: [{generic_key: {descriptor_value: v}}]}], descriptors: [{shadow_mode: true, entries: [{key: generic_key, value: v}], token_bucket: {max_tokens: 1, fill_interval: 99s}}]',
    )
    expect([status(filter), status(filter)]).toEqual([200, 200])
    expect(['rate_limited', 'shadow_mode', 'enforced'].map((name) => counted(filter, name))).toEqual([1, 1, 0])
  })

  test('no tokens at all is never', () => {
    expect(status(limited('token_bucket: {max_tokens: 0, fill_interval: 1s}'))).toBe(429)
  })

  test('gRPC learns it by its status', () => {
    const filter = limited('token_bucket: {max_tokens: 0, fill_interval: 1s}, rate_limited_as_resource_exhausted: true')
    filter.send('POST /', ['content-type: application/grpc'], '')
    expect(filter.reply().headers).toMatchObject({ 'grpc-status': '8', 'grpc-message': 'local_rate_limited' })
  })
})
