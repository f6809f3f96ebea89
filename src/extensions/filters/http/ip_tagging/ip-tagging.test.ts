import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const range = (ip: string, length: number) => `{address_prefix: "${ip}", prefix_len: ${length}}`
const TAGS = `ip_tags: [
  {ip_tag_name: ten, ip_list: [${range('10.0.0.0', 8)}]},
  {ip_tag_name: one, ip_list: [${range('10.0.0.1', 32)}, ${range('2001:db8::', 32)}]},
  {ip_tag_name: far, ip_list: [${range('192.0.2.0', 24)}]}]`

httpFilterConformance(extension, {
  good: [`{${TAGS}}`, `{${TAGS}, request_type: EXTERNAL, ip_tag_header: {header: x-tags}}`],
  bad: [
    ['{}', 'requires either ip_tags or ip_tags_datasource'],
    ['ip_tags: [{ip_tag_name: a, ip_list: [{address_prefix: nope, prefix_len: 1}]}]', 'malformed IP address'],
    ['ip_tags_datasource: {filename: /nowhere.yaml}', 'Invalid path: /nowhere.yaml'],
    ['ip_tags_datasource: {inline_string: a}', 'Cannot load tags from empty filename'],
  ],
})

test('ip_tagging: tags are for the upstream, and may choose the route', () => {
  const routes =
    '{match: {prefix: /, headers: [{name: x-envoy-ip-tags, string_match: {contains: one}}]}, route: {cluster: tagged}},' +
    ' {match: {prefix: /}, route: {cluster: app}}'
  const filter = new FilterHarness(extension, { config: TAGS, routes })
  filter.send('GET /')
  expect(filter.forwarded['x-envoy-ip-tags']).toBe('ten,one')
  expect(filter.callbacks.route?.entry?.clusterName).toBe('tagged')
  expect([
    filter.stat('ip_tagging.total'),
    filter.stat('ip_tagging.one.hit'),
    filter.stat('ip_tagging.far.hit'),
  ]).toEqual([1, 1, undefined])
})

test('ip_tagging: a header of its own is not left to clients', () => {
  const config = `{ip_tags: [{ip_tag_name: far, ip_list: [${range('192.0.2.0', 24)}]}], ip_tag_header: {header: X-Tags}}`
  const filter = new FilterHarness(extension, { config })
  expect(filter.send('GET /', ['x-tags: mine']).forwarded['x-tags']).toBeUndefined()
  expect(filter.stat('ip_tagging.no_hit')).toBe(1)
})

test('ip_tagging: only for the requests that are meant', () => {
  const internal = new FilterHarness(extension, { config: `{${TAGS}, request_type: INTERNAL}` })
  expect(internal.send('GET /').forwarded['x-envoy-ip-tags']).toBeUndefined()
  const off = new FilterHarness(extension, { config: TAGS, runtime: { 'ip_tagging.http_filter_enabled': 0 } })
  expect(off.send('GET /').forwarded['x-envoy-ip-tags']).toBeUndefined()
})
