import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const rule = (fields: string) => `request_rules: [{${fields}}]`
const PRESENT = 'on_header_present: {key: k}'

httpFilterConformance(extension, {
  good: [
    '{}',
    `{${rule(`header: x-a, ${PRESENT}, remove: true`)}, response_rules: [{cookie: c, ${PRESENT}}], stat_prefix: s}`,
    rule('header: a, on_header_missing: {key: k, value: v, metadata_namespace: ns}'),
    rule(
      'header: a, on_header_present: {key: k, type: NUMBER, encode: BASE64, regex_value_rewrite: {pattern: {regex: x}}}',
    ),
  ],
  transparent: '{}',
  bad: [
    [rule(`header: a, cookie: b, ${PRESENT}`), 'both header and cookie'],
    [rule(PRESENT), 'One of Cookie or Header'],
    [rule('header: a'), "rule for header 'a' has neither"],
    [rule(`cookie: a, ${PRESENT}, remove: true`), 'Cannot specify remove for cookie'],
    [rule('header: a, on_header_missing: {key: k}'), 'with an empty value'],
    [
      rule('header: a, on_header_present: {key: k, value: v, regex_value_rewrite: {pattern: {regex: x}}}'),
      'both value and',
    ],
    [rule('header: a, on_header_present: {}'), 'key'],
  ],
  perRoute: { good: [rule(`header: a, ${PRESENT}`)], bad: [['{}', 'either request or response rules']] },
})

function metadataOf(config: string, ...fields: readonly string[]) {
  const filter = new FilterHarness(extension, { config })
  filter.send('GET /', fields)
  const { dynamicMetadata } = filter.callbacks.streamInfo
  return { filter, values: dynamicMetadata?.get('envoy.filters.http.header_to_metadata') }
}

test('header_to_metadata: present, missing, rewritten, removed', () => {
  const config = `request_rules: [
    {header: X-A, on_header_present: {key: a}, remove: true},
    {header: x-b, on_header_missing: {key: b, value: none}},
    {cookie: c, on_header_present: {key: c, regex_value_rewrite: {pattern: {regex: "^(.).*$"}, substitution: "\\\\1!"}}},
    {header: x-d, on_header_present: {key: d, value: fixed}}]`
  const { filter, values } = metadataOf(config, 'x-a: 1', 'x-a: 2', 'cookie: b=1; c=value', 'x-d: z')
  expect(values).toEqual({ a: '1,2', b: 'none', c: 'v!', d: 'fixed' })
  expect(filter.forwarded['x-a']).toBeUndefined()
})

test.each([
  ['type: NUMBER', '1.5e3', 1500],
  ['type: NUMBER', ' 7 ', 7],
  ['type: NUMBER', 'seven', undefined],
  ['encode: BASE64', 'aGk=', 'hi'],
  ['encode: BASE64', 'aGk', 'hi'],
  ['encode: BASE64', 'a!', undefined],
  // google.protobuf.Value {string_value: "hi"}, {number_value: 1}, {bool_value: true}, {struct_value: {a: null}}
  ['type: PROTOBUF_VALUE, encode: BASE64', 'GgJoaQ==', 'hi'],
  ['type: PROTOBUF_VALUE, encode: BASE64', 'EQAAAAAAAPA/', 1],
  ['type: PROTOBUF_VALUE, encode: BASE64', 'IAE=', true],
  ['type: PROTOBUF_VALUE, encode: BASE64', 'KgkKBwoBYRICCAA=', { a: null }],
  ['type: PROTOBUF_VALUE, encode: BASE64', 'GgloaQ==', undefined],
])('header_to_metadata: %s of %j', (how, value, expected) => {
  const { values } = metadataOf(rule(`header: x, on_header_present: {key: k, ${how}}`), `x: ${value}`)
  expect(values?.['k']).toEqual(expected as never)
})

test('header_to_metadata: responses are seen by the log, long values by the counters', () => {
  const config = `{response_rules: [{header: x-r, on_header_present: {key: r}}], stat_prefix: s}`
  const filter = new FilterHarness(extension, { config })
  filter.send('GET /').respond(200, ['x-r: 1'])
  const count = (name: string) => filter.manager.scope.valueOf(`http_filter_name.s.${name}`)
  expect([count('response_rules_processed'), count('response_metadata_added')]).toEqual([1, 1])
  filter.send('GET /').respond(200, [`x-r: ${'a'.repeat(8192)}`])
  filter.send('GET /').respond(200)
  expect([count('header_value_too_long'), count('response_header_not_found')]).toEqual([1, 0])
})
