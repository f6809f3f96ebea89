import { describe, expect, test } from 'bun:test'
import type { RateLimitDescriptor } from '../../api/rate-limit.ts'
import { errorsOf, request, routes, testStreamInfo } from '../../../test/support/route-table.ts'

const TYPE = 'type.googleapis.com'
const CEL = 'envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor'
const UPSTREAM = 'match: {prefix: /}'

/** What the limits of `list` make of a request; undefined where one does not apply. */
function descriptors(list: string, line = 'a.com/p?q=1&e', ...fields: readonly string[]) {
  const config = routes(
    `{${UPSTREAM}, metadata: {filter_metadata: {m: {k: rv}}}, route: {cluster: c, rate_limits: ${list}}}`,
  )
  const headers = request(line, ...fields)
  const streamInfo = testStreamInfo()
  streamInfo.setDynamicMetadata('d', { a: { b: 'dv' }, o: { requests_per_unit: 7, unit: 'HOUR' } })
  streamInfo.route = config.route(headers, streamInfo, 0)
  const policy = streamInfo.route!.entry!.rateLimits
  return policy.stage(0).map((limit) => limit.descriptor({ headers, streamInfo, serviceCluster: 'me' }))
}

function entries(descriptor: RateLimitDescriptor | undefined): string | undefined {
  return descriptor?.entries.map(({ key, value }) => `${key}=${value}`).join(' ')
}

describe('actions', () => {
  const cases: readonly [action: string, expected: string | undefined, ...fields: readonly string[]][] = [
    ['source_cluster: {}', 'source_cluster=me'],
    ['destination_cluster: {}', 'destination_cluster=c'],
    ['request_headers: {header_name: X-A, descriptor_key: k}', 'k=1', 'x-a: 1', 'x-a: 2'],
    ['request_headers: {header_name: x-b, descriptor_key: k}', undefined],
    ['request_headers: {header_name: x-b, descriptor_key: k, skip_if_absent: true}', ''],
    ['query_parameters: {query_parameter_name: q, descriptor_key: k}', 'k=1'],
    ['query_parameters: {query_parameter_name: z, descriptor_key: k}', undefined],
    ['remote_address: {}', 'remote_address=127.0.0.1'],
    ['masked_remote_address: {}', 'masked_remote_address=127.0.0.1/32'],
    ['masked_remote_address: {v4_prefix_mask_len: 8}', 'masked_remote_address=127.0.0.0/8'],
    ['generic_key: {descriptor_value: v}', 'generic_key=v'],
    ['generic_key: {descriptor_value: v, descriptor_key: k}', 'k=v'],
    ['generic_key: {descriptor_value: "%REQ(x-a)%", default_value: d}', 'generic_key=%REQ(x-a)%', 'x-a: 1'],
    [
      `extension: {name: in, typed_config: {"@type": ${TYPE}/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-a}}`,
      'in=1',
      'x-a: 1',
    ],
    [
      `extension: {name: in, typed_config: {"@type": ${TYPE}/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-a}}`,
      undefined,
    ],
    [
      `extension: {name: c, typed_config: {"@type": ${TYPE}/${CEL}, descriptor_key: k, text: "request.method == 'GET'"}}`,
      'k=true',
    ],
    [
      `extension: {name: c, typed_config: {"@type": ${TYPE}/${CEL}, descriptor_key: k, text: "request.headers['x-z']"}}`,
      undefined,
    ],
    [
      `extension: {name: c, typed_config: {"@type": ${TYPE}/${CEL}, descriptor_key: k, skip_if_error: true, text: "request.headers['x-z']"}}`,
      '',
    ],
    ['header_value_match: {descriptor_value: v, headers: [{name: x-a}]}', 'header_match=v', 'x-a: 1'],
    ['header_value_match: {descriptor_value: v, headers: [{name: x-a}]}', undefined],
    ['header_value_match: {descriptor_value: v, expect_match: false, headers: [{name: x-a}]}', 'header_match=v'],
    ['query_parameter_value_match: {descriptor_value: v, query_parameters: [{name: e}]}', 'query_match=v'],
    ['metadata: {descriptor_key: k, metadata_key: {key: d, path: [{key: a}, {key: b}]}}', 'k=dv'],
    ['metadata: {descriptor_key: k, source: ROUTE_ENTRY, metadata_key: {key: m, path: [{key: k}]}}', 'k=rv'],
    ['metadata: {descriptor_key: k, metadata_key: {key: d, path: [{key: z}]}}', undefined],
    ['metadata: {descriptor_key: k, default_value: x, metadata_key: {key: d, path: [{key: z}]}}', 'k=x'],
    ['metadata: {descriptor_key: k, skip_if_absent: true, metadata_key: {key: d, path: [{key: z}]}}', ''],
    [
      'remote_address_match: {descriptor_value: v, address_matcher: {ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}}',
      'remote_address_match=v',
    ],
    [
      'remote_address_match: {descriptor_value: v, address_matcher: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}}',
      undefined,
    ],
  ]
  for (const [action, expected, ...fields] of cases) {
    test(`${action} with [${fields.join(', ')}]`, () => {
      expect(descriptors(`[{actions: [{${action}}]}]`, undefined, ...fields).map(entries)).toEqual([expected])
    })
  }

  test('several make one descriptor, and one without a value leaves none', () => {
    const two = '[{actions: [{source_cluster: {}}, {generic_key: {descriptor_value: v}}]}'
    const none = '{actions: [{source_cluster: {}}, {request_headers: {header_name: x, descriptor_key: k}}]}]'
    expect(descriptors(`${two}, ${none}`).map(entries)).toEqual(['source_cluster=me generic_key=v', undefined])
  })

  test('an unknown extension is refused', () => {
    const action =
      'extension: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct, value: {}}}'
    expect(
      errorsOf(`{name: r, virtual_hosts: [{name: v, domains: ["*"], rate_limits: [{actions: [{${action}}]}]}]}`).join(),
    ).toContain("Didn't find a registered implementation for 'x'")
  })
})

describe('limits', () => {
  const KEY = 'actions: [{generic_key: {descriptor_value: v}}]'

  test('are found by stage', () => {
    const config = routes(
      `{${UPSTREAM}, route: {cluster: c, rate_limits: [{${KEY}}, {stage: 3, disable_key: d, apply_on_stream_done: true, ${KEY}}]}}`,
    )
    const { rateLimits } = config.route(request('a/'), testStreamInfo(), 0)!.entry!
    expect([0, 1, 3].map((stage) => rateLimits.stage(stage).length)).toEqual([1, 0, 1])
    expect(rateLimits.stage(3)[0]).toMatchObject({ disableKey: 'd', applyOnStreamDone: true })
  })

  test('carry an override and the number of hits', () => {
    const override = 'limit: {dynamic_metadata: {metadata_key: {key: d, path: [{key: o}]}}}'
    const list = `[{${KEY}, ${override}, hits_addend: {number: 5}}, {${KEY}, hits_addend: {format: "%REQ(x-n)%"}}]`
    expect(descriptors(list, undefined, 'x-n: 12')).toMatchObject([
      { limit: { requestsPerUnit: 7, unit: 'HOUR' }, hitsAddend: 5 },
      { limit: undefined, hitsAddend: 12 },
    ])
  })
})
