import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const value = (key: string, format: string, rest = '', factory = 'envoy.string') =>
  `{object_key: ${key}, factory_key: ${factory}, format_string: {text_format_source: {inline_string: "${format}"}}${rest}}`
const on = (...values: readonly string[]) => `on_request_headers: [${values.join(', ')}]`

httpFilterConformance(extension, {
  good: ['{}', on(value('k', '%REQ(x)%')), `{${on(value('k', 'v'))}, clear_route_cache: true}`],
  bad: [
    [on(value('k', 'v', '', 'nope')), "'k' does not have an object factory"],
    [on(value('k', 'v', '', 'envoy.router.debug_config')), 'not supported by Nuncio yet'],
    [on(value('k', '%NOPE%')), 'NOPE'],
    ['on_request_headers: [{object_key: k}]', 'value'],
  ],
  transparent: on(value('k', 'v')),
  perRoute: { good: [on(value('k', 'v'))] },
})

describe('set_filter_state', () => {
  test('objects of the filter, then of each level of the route', () => {
    const type = '"@type": type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config'
    const per = (...values: readonly string[]) =>
      `typed_per_filter_config: {envoy.filters.http.set_filter_state: {${type}, ${on(...values)}}}`
    const filter = new FilterHarness(extension, {
      config: on(value('a', 'base %REQ(x)%'), value('b', 'base'), value('c', 'base')),
      routes: `{match: {prefix: /}, route: {cluster: app}, ${per(value('c', 'route'))}}`,
      virtualHost: per(value('b', 'host'), value('c', 'host')),
    })
    filter.send('GET /', ['x: 1']).respond(200)
    const { filterState } = filter.callbacks.streamInfo
    expect(['a', 'b', 'c'].map((key) => filterState.get(key)?.serializeAsString())).toEqual(['base 1', 'host', 'route'])
  })

  test('objects for upstream connections; one that comes later and is not for them takes its place', () => {
    const shared = ', shared_with_upstream: ONCE'
    const filter = new FilterHarness(extension, {
      config: on(
        value('a', 'x', shared, 'envoy.hashable_string'),
        value('b', 'y', ', shared_with_upstream: TRANSITIVE'),
        value('c', 'z', shared),
        value('c', 'z'),
      ),
    })
    filter.send('GET /').respond(200)
    const objects = filter.callbacks.streamInfo.sharedWithUpstream!
    expect([...objects].map(([key, { divides }]) => [key, divides])).toEqual([
      ['a', 'by-hash'],
      ['b', undefined],
    ])
  })

  test('kinds of objects', () => {
    const omit =
      '{object_key: empty, factory_key: envoy.string, skip_if_empty: true, format_string: {text_format_source: {inline_string: "%REQ(none)%"}, omit_empty_values: true}}'
    const values = [
      value('ip', '::1', '', 'envoy.network.ip'),
      value('bad', 'x', '', 'envoy.network.ip'),
      value('flag', 'yes', '', 'envoy.bool'),
      value('hash', 'text', '', 'envoy.hashable_string'),
      omit,
    ]
    const filter = new FilterHarness(extension, { config: on(...values) })
    filter.send('GET /').respond(200)
    const { filterState } = filter.callbacks.streamInfo
    expect(filterState.get('ip')?.serializeAsString()).toBe('[::1]:0')
    expect(filterState.get('ip')?.address?.kind).toBe('ip')
    expect(filterState.get('bad')).toBeUndefined()
    expect(filterState.get('flag')?.serializeAsJson?.()).toBe(true)
    expect(filterState.get('hash')?.hash?.()).toBe(Bun.hash.xxHash64('text', 0n))
    expect(filterState.get('empty')).toBeUndefined()
  })
})
