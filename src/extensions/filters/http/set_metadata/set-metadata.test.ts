import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'
import { mergeStructs } from './merge-structs.ts'

httpFilterConformance(extension, {
  good: ['{}', 'metadata: [{metadata_namespace: ns, value: {a: 1}}, {metadata_namespace: other}]'],
  bad: [
    ['metadata: [{value: {a: 1}}]', 'metadata_namespace'],
    [
      'metadata: [{metadata_namespace: ns, typed_value: {"@type": type.googleapis.com/google.protobuf.Empty}}]',
      'typed',
    ],
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

  test('structs: of different kinds the later one wins', () => {
    expect(mergeStructs({ a: [1], b: { c: 1 }, d: 1 }, { a: 'x', b: [1], e: null })).toEqual({
      a: 'x',
      b: [1],
      d: 1,
      e: null,
    })
  })
})
