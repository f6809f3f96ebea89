import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { act, headerInput } from '../../../../../test/support/match-tree.ts'
import { extension as buffer } from '../buffer/extension.ts'
import { extension } from './extension.ts'

const SKIP =
  'action: {name: s, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter}}'
const BUFFER =
  'extension_config: {name: b, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 100}}'
const ROUTER =
  'extension_config: {name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}'
const unless = (onMatch: string) =>
  `xds_matcher: {matcher_tree: {${headerInput('x')}, exact_match_map: {map: {"1": {${onMatch}}}}}}`

httpFilterConformance(extension, {
  good: [`{${BUFFER}}`, `{${BUFFER}, ${unless(SKIP)}}`],
  bad: [
    ['{}', 'extension_config'],
    [`{${BUFFER}, ${unless(act('x'))}}`, "Didn't find a registered implementation for 'a'"],
    [`{${BUFFER}, ${unless(`${SKIP}, keep_matching: true`)}}`, 'keep_matching is not supported'],
    [`{${ROUTER}}`, 'not supported'],
  ],
  transparent: `{${BUFFER}}`,
  perRoute: { good: [unless(SKIP)] },
  extensions: [buffer],
})

test('match delegate: the filter runs unless the tree says otherwise', () => {
  const config = `{${BUFFER}, ${unless(SKIP)}}`
  const held = new FilterHarness(extension, { config, extensions: [buffer] })
  expect(held.sendOpen('POST /').chunk('one').reached).toBeFalse()
  expect(held.endChunks().upstream).toMatchObject({ body: 'one', complete: true })
  const skipped = new FilterHarness(extension, { config, extensions: [buffer] })
  expect(skipped.sendOpen('POST /', ['x: 1']).chunk('one').reached).toBeTrue()
})

test('match delegate: a route has a tree of its own, and the filter inside no configuration', () => {
  const type = '"@type": type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcherPerRoute'
  const routes = `{match: {prefix: /}, route: {cluster: app}, typed_per_filter_config: {envoy.filters.http.match_delegate: {${type}, ${unless(SKIP)}}}}`
  const make = () => new FilterHarness(extension, { config: `{${BUFFER}}`, routes, extensions: [buffer] })
  expect(make().sendOpen('POST /', ['x: 1']).reached).toBeTrue()
  const held = make().sendOpen('POST /')
  expect(held.reached).toBeFalse()
  expect(held.endChunks().upstream.complete).toBeTrue()
})
