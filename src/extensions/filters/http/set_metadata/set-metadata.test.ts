import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'
import { mergeStructs } from './merge-structs.ts'

httpFilterConformance(extension, {
  good: [
    '{}',
    'metadata: [{metadata_namespace: ns, typed_value: {}}]',
    'metadata: [{metadata_namespace: ns, value: {a: 1}}, {metadata_namespace: other}]',
  ],
  bad: [
    ['metadata: [{value: {a: 1}}]', 'metadata_namespace'],
    ['metadata: [{metadata_namespace: ns, typed_value: {"@type": type.googleapis.com/none.Such}}]', 'none.Such'],
  ],
  transparent: 'metadata: [{metadata_namespace: ns, value: {a: 1}}]',
})

describe('set_metadata', () => {
  test('merges what may be overwritten, and counts what may not', () => {
    const entries = [
      '{metadata_namespace: ns, value: {a: x, l: [p], s: {x: p}}}',
      '{metadata_namespace: ns, value: {a: never}}',
      '{metadata_namespace: ns, value: {a: z, l: [q], s: {y: q}}, allow_overwrite: true}',
    ]
    const filter = new FilterHarness(extension, { config: `metadata: [${entries.join(', ')}]` })
    filter.send('GET /').respond(200)
    expect(filter.callbacks.streamInfo.dynamicMetadata?.get('ns')).toEqual({
      a: 'z',
      l: ['p', 'q'],
      s: { x: 'p', y: 'q' },
    })
    expect(filter.stat('set_metadata.overwrite_denied')).toBe(1)
  })

  test('a route’s entries are written after the filter’s, and counted apart', () => {
    const entry = (value: string, more = '') => `{metadata_namespace: ns, value: {x: [${value}]}${more}}`
    const own = `metadata: [${entry('1', ', allow_overwrite: true')}, ${entry('2')}]`
    const config = `{"@type": type.googleapis.com/envoy.extensions.filters.http.set_metadata.v3.Config, ${own}}`
    const filter = new FilterHarness(extension, {
      config: `metadata: [${entry('0')}]`,
      routes: `{match: {prefix: /}, route: {cluster: app}, typed_per_filter_config: {envoy.filters.http.set_metadata: ${config}}}`,
    })
    filter.send('GET /').respond(200)
    expect(filter.callbacks.streamInfo.dynamicMetadata?.get('ns')).toEqual({ x: [0, 1] })
    expect(filter.stat('set_metadata.overwrite_denied')).toBe(0)
    expect(filter.manager.scope.valueOf('set_metadata.overwrite_denied')).toBe(1)
  })

  test('typed values: the first one stays, unless it may be overwritten', () => {
    const typed = (type: string, fields: string) => `typed_value: {"@type": type.googleapis.com/${type}, ${fields}}`
    const text = (value: string) => typed('google.protobuf.StringValue', `value: ${value}`)
    const entries = [
      `{metadata_namespace: ns, ${text('first')}}`,
      `{metadata_namespace: ns, ${text('second')}}`,
      `{metadata_namespace: over, ${text('first')}}`,
      `{metadata_namespace: over, ${text('second')}, allow_overwrite: true}`,
      `{metadata_namespace: both, value: {a: 1}, ${text('unused')}}`,
      `{metadata_namespace: all, ${typed(
        'envoy.config.core.v3.SocketAddress',
        'protocol: UDP, address: a, port_value: 7, resolver_name: ""',
      )}}`,
    ]
    const filter = new FilterHarness(extension, { config: `metadata: [${entries.join(', ')}]` })
    filter.send('GET /').respond(200)
    const { typedMetadata, dynamicMetadata } = filter.callbacks.streamInfo
    expect(Object.fromEntries(typedMetadata!)).toEqual({
      ns: 'first',
      over: 'second',
      all: { protocol: 1n, address: 'a', port_value: 7n },
    })
    expect([...dynamicMetadata!.keys()]).toEqual(['both'])
    expect(filter.stat('set_metadata.overwrite_denied')).toBe(1)
  })

  test('structs: of different kinds the later one wins', () => {
    expect(mergeStructs({ a: [1], b: { c: 1 }, d: 1 }, { a: 'x', b: [1], e: null })).toEqual({
      a: 'x',
      b: [1],
      d: 1,
      e: null,
    })
  })
})
