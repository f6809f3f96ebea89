import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'
import { foundValue } from './found-value.ts'
import { readJson } from './read-json.ts'

const rules = (...texts: string[]) => `{rules: [${texts.join(', ')}]}`
const A =
  '{selectors: [{key: a}], on_present: {key: a}, on_missing: {key: a, value: none}, on_error: {key: a, value: bad}}'
const BOTH = `request_rules: ${rules(A)}\nresponse_rules: ${rules('{selectors: [{key: b}], on_present: {key: b}}')}`

httpFilterConformance(extension, {
  good: ['{}', BOTH, `response_rules: ${rules(A)}`],
  bad: [
    ['request_rules: {}', 'rules'],
    ['request_rules: {rules: [{selectors: [{key: a}]}]}', 'neither `on_present` nor `on_missing` set'],
    ['request_rules: {rules: [{on_present: {key: a}}]}', 'selectors'],
    ['request_rules: {rules: [{selectors: [{key: a}], on_missing: {key: a}}]}', 'on_missing rule with empty value'],
    [
      'request_rules: {rules: [{selectors: [{key: a}], on_present: {key: a}, on_error: {key: a}}]}',
      'on_error rule with empty value',
    ],
  ],
  perRoute: { good: [BOTH], bad: [['{}', 'one of request_rules or response_rules']] },
})

const NAMESPACE = 'envoy.filters.http.json_to_metadata'

function metadataOf(body: string, config = BOTH, type = 'application/json') {
  const filter = new FilterHarness(extension, { config })
  filter.send('POST /', [`content-type: ${type}`], body)
  return filter.callbacks.streamInfo.dynamicMetadata?.get(NAMESPACE)
}

describe('json_to_metadata', () => {
  test('holds a request until it is complete', () => {
    const filter = new FilterHarness(extension, { config: BOTH })
    filter.sendOpen('POST /', ['content-type: application/json']).chunk('{"a":')
    expect(filter.reached).toBeFalse()
    filter.chunk('1}').endChunks()
    expect(filter.upstream).toMatchObject({ body: '{"a":1}', complete: true })
    expect(filter.callbacks.streamInfo.dynamicMetadata?.get(NAMESPACE)).toEqual({ a: 1 })
  })

  test('missing, wrong and of another kind', () => {
    expect([metadataOf('{"c":1}'), metadataOf('{'), metadataOf('{"a":1}', BOTH, 'text/plain')]).toEqual([
      { a: 'none' },
      { a: 'bad' },
      { a: 'bad' },
    ])
  })

  test('the end of a response brings what it had', () => {
    const filter = new FilterHarness(extension, { config: BOTH })
    filter.send('GET /').respond(200, ['content-type: application/json'], '{"b":"x"}')
    expect(filter.callbacks.streamInfo.dynamicMetadata?.get(NAMESPACE)).toEqual({ a: 'bad', b: 'x' })
  })
})

describe('values', () => {
  const textOf = (json: string) => foundValue(readJson(Buffer.from(json)), 'STRING')

  test.each([
    ['1', '1'],
    ['-0', '0'],
    ['-0.0', '-0.000000'],
    ['1e2', '100.000000'],
    ['9223372036854775807', '9223372036854775807'],
    ['18446744073709551616', '18446744073709551616.000000'],
    ['1e23', '99999999999999991611392.000000'],
    ['true', '1'],
  ])('%p as text is %p', (json, text) => expect(textOf(json)).toEqual({ value: text }))

  test('what has no text', () => {
    expect([textOf('""'), textOf('{}'), textOf('null'), textOf('[1]')]).toEqual([
      'nothing',
      'missing',
      'missing',
      'missing',
    ])
  })

  test.each(['1e400', '9223372036854775808', '"\\ud800"', '{"a":1}x', `${'['.repeat(1001)}${']'.repeat(1001)}`, '\0'])(
    '%p is no JSON',
    (json) => expect(readJson(Buffer.from(json))).toBe(undefined),
  )

  test('a NUL ends the text', () => expect(readJson(Buffer.from('true\0x'))).toBe(true))
})
