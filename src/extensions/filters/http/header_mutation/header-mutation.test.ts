import { expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'
import { QueryParameters } from '../common/query-parameters.ts'

const ALL = `mutations: {
  request_mutations: [{append: {header: {key: x-a, value: "%REQ(:method)%"}}}, {remove: x-b}],
  request_trailers_mutations: [{append: {header: {key: x-rt, value: "1"}}}],
  response_mutations: [{append: {header: {key: x-c, value: "%RESPONSE_CODE%"}}}, {remove_on_match: {key_matcher: {prefix: x-i}}}],
  response_trailers_mutations: [{append: {header: {key: x-st, value: "%TRAILER(x-response-trailer)%"}}}],
  query_parameter_mutations: [{append: {record: {key: q, value: v}, action: ADD_IF_ABSENT}}, {remove: b}]}`

const record = (fields: string) => `mutations: {query_parameter_mutations: [${fields}]}`

httpFilterConformance(extension, {
  good: ['{}', `{${ALL}, most_specific_header_mutations_wins: true}`],
  transparent: '{}',
  bad: [
    ['mutations: {request_mutations: [{append: {header: {key: ":path", value: x}}}]}', 'may not be modified'],
    ['mutations: {request_mutations: [{append: {header: {key: a, value: "%NOPE%"}}}]}', 'Not supported field'],
    ['mutations: {request_mutations: [{}]}', 'action'],
    [record('{}'), "One of 'append'/'remove' must be specified."],
    [record('{append: {}}'), 'No record specified'],
    [record('{append: {record: {key: a, value: 1}}}'), 'Only string value'],
    [record('{append: {record: {key: a, value: "%NOPE%"}}}'), 'Not supported field'],
    [record('{remove: a, append: {record: {key: a, value: b}}}'), 'Only one of'],
  ],
  perRoute: { good: ['{}', `{${ALL}}`] },
})

test('header_mutation: requests, responses and trailers, each level of the route', () => {
  const type = 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute'
  const level = (name: string) => `typed_per_filter_config: {envoy.filters.http.header_mutation: {"@type": ${type},
    mutations: {response_mutations: [{append: {header: {key: x-level, value: ${name}}}}]}}}`
  const order = (more: string) => {
    const filter = new FilterHarness(extension, {
      config: `{${more}}`,
      routes: `{match: {prefix: /}, route: {cluster: app}, ${level('route')}}`,
      virtualHost: level('host'),
      table: level('table'),
    })
    return filter.send('GET /').respond(204).reply().headers['x-level']
  }
  expect([order(''), order('most_specific_header_mutations_wins: true')]).toEqual([
    'route, host, table',
    'table, host, route',
  ])
  const filter = new FilterHarness(extension, { config: ALL })
  filter.sendOpen('POST /?b=1&a=2', ['x-b: 1']).chunk('x').endChunks('x-t: 1')
  expect(filter.forwarded).toMatchObject({ ':path': '/?a=2&q=v', 'x-a': 'POST' })
  expect(filter.forwarded['x-b']).toBeUndefined()
  expect(filter.upstream.trailers?.get('x-rt')).toBe('1')
  const reply = filter.respond(200, ['x-i: 1'], 'ok', ['x-response-trailer: t']).reply()
  expect(reply.headers).toMatchObject({ 'x-c': '200' })
  expect([reply.headers['x-i'], reply.trailers['x-st']]).toEqual([undefined, 't'])
})

test('query parameters are written sorted, decoded', () => {
  const written = (path: string) => new QueryParameters(path).writtenInto(path)
  expect(written('/p')).toBe('/p')
  expect(written('/p?b=2&a=%41&b=1&c')).toBe('/p?a=A&b=2&b=1&c=')
  expect(written('/p?&=&x%zz=%4')).toBe('/p?=&=&x%zz=%4')
})
