import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { headerInput } from '../../../../../test/support/match-tree.ts'
import { extension as buffer } from '../buffer/extension.ts'
import { extension } from './extension.ts'

const EXECUTE = 'type.googleapis.com/envoy.extensions.filters.http.composite.v3.ExecuteFilterAction'
const BUFFER =
  'typed_config: {name: b, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 100}}'
const run = (fields: string) =>
  `action: {name: run, typed_config: {"@type": ${EXECUTE}${fields === '' ? '' : `, ${fields}`}}}`
const on = (fields: string) =>
  `matcher: {matcher_tree: {${headerInput('x')}, exact_match_map: {map: {"1": {${run(fields)}}}}}}`

httpFilterConformance(extension, {
  good: [
    '{}',
    on(BUFFER),
    on('filter_chain_name: a'),
    on(`filter_chain: {${BUFFER.replace('{', '[{')}]}`),
    on(`${BUFFER}, filter_chain_name: a`),
  ],
  bad: [
    [on(''), 'needs typed_config'],
    [on('filter_chain: {}'), 'filter_chain must contain at least one filter.'],
    [on('dynamic_config: {name: a}'), 'Missing config source specifier'],
    ['named_filter_chains: {a: {}}', "Named filter chain 'a' must contain at least one filter."],
  ],
  transparent: '{}',
  perRoute: { good: [on(BUFFER)] },
  extensions: [buffer],
})

test('composite: runs the filter that the tree chooses', () => {
  const setup = { config: on(BUFFER), extensions: [buffer] }
  const chosen = new FilterHarness(extension, setup)
  expect(chosen.sendOpen('POST /', ['x: 1']).chunk('one').reached).toBeFalse()
  expect(chosen.endChunks().upstream).toMatchObject({ body: 'one', complete: true })
  expect(chosen.stat('composite.filter_delegation_success')).toBe(1)
  const none = new FilterHarness(extension, setup)
  expect(none.sendOpen('POST /').reached).toBeTrue()
  expect(none.stat('composite.filter_delegation_success')).toBe(0)
})

test('composite: tells which filter ran', () => {
  const filter = new FilterHarness(extension, { config: on(BUFFER), extensions: [buffer] })
  filter.send('GET /', ['x: 1']).respond(200)
  const state = filter.callbacks.streamInfo.filterState.get('envoy.extensions.filters.http.composite.matched_actions')
  expect(state?.serializeAsString()).toBe('{"envoy.filters.http.composite":"b"}')
})
