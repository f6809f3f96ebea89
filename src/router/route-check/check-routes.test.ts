import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { createTestScope } from '../../../test/support/fake-scope.ts'
import { testContext, testStreamInfo } from '../../../test/support/route-table.ts'
import type { RouteCheckDeps, RouteCheckSettings } from './check-routes.ts'
import { checkRoutes } from './check-routes.ts'

const PEER = join(import.meta.dir, '../../../../shared/peer/router_check')

const deps: RouteCheckDeps = {
  context: testContext(),
  scope: createTestScope().scope,
  requestHeaders: newRequestHeaders,
  responseHeaders: newResponseHeaders,
  streamInfo: testStreamInfo,
}

const TABLE = `{virtual_hosts: [{name: v, domains: ["*"], routes: [
  {match: {path: /a}, route: {cluster: one, prefix_rewrite: /b}},
  {match: {prefix: /}, redirect: {path_redirect: /a}}]}]}`

const PLAIN: RouteCheckSettings = {
  details: false,
  onlyShowFailures: false,
  failUnder: 0,
  comprehensive: false,
  detailedCoverage: false,
}

function check(tests: unknown, settings: Partial<RouteCheckSettings> = {}, table = TABLE) {
  const golden = { file: 'g.json', text: JSON.stringify({ tests }) }
  return checkRoutes({ file: 'c.yaml', text: table }, golden, { ...PLAIN, ...settings }, deps)
}

test('route check: what is as expected passes and is named only with details', () => {
  const tests = [
    {
      test_name: 'one',
      input: { authority: 'a', path: '/a' },
      validate: { cluster_name: 'one', path_rewrite: '/b', path_redirect: '' },
    },
  ]
  expect(check(tests)).toEqual({ ok: true, lines: ['Current route coverage: 50%'], errors: [] })
  expect(check(tests, { details: true }).lines).toEqual(['one', 'Current route coverage: 50%'])
  expect(check(tests, { details: true, onlyShowFailures: true }).lines).toEqual(['Current route coverage: 50%'])
})

const request = (path: string, more: object = {}) => ({ authority: 'a', path, ...more })
const one = (input: object, validate: object) => [{ test_name: 't', input, validate }]

test('route check: what differs is told in the words of the tool', () => {
  expect(check(one(request('/x'), { cluster_name: 'one' }))).toEqual({
    ok: false,
    lines: [],
    errors: ['t', 'expected: [one], actual: [], test type: cluster_name'],
  })
  const headers = [
    { name: 'X-A', string_match: { exact: 'b' } },
    { name: 'x-a', string_match: { exact: '1' }, invert_match: true },
    { name: 'x-a', string_match: { prefix: 'b' } },
    { name: 'x-a', range_match: { start: 5, end: 6 } },
    { name: 'x-none', contains_match: 'b' },
    { name: 'x-none' },
    { name: 'x-a', present_match: true, invert_match: true },
    { name: 'x-a', present_match: true },
  ]
  const lines = [
    { key: 'x-a', value: '1' },
    { key: 'x-b', value: '' },
  ]
  const input = request('/a', { additional_request_headers: [{ key: 'X-A', value: '1' }] })
  expect(check(one(input, { request_header_matches: headers, request_header_fields: lines })).errors).toEqual([
    't',
    'expected: [X-A: b], actual: [X-A: 1], test type: request_header_matches.string_match.exact',
    'expected: [x-a: 1], actual: NOT [x-a: 1], test type: request_header_matches.string_match.exact',
    'actual: [x-a: 1], test type: request_header_matches.string_match.prefix',
    'actual: [x-a: 1], test type: request_header_matches.range_match',
    'actual: [x-none: NULL], test type: request_header_matches.contains_match',
    'expected: [has(x-none):true], actual: [has(x-none):false], test type: request_header_matches.present_match',
    'expected: [has(x-a):false], actual: [has(x-a):true], test type: request_header_matches.present_match',
  ])
})

const CHOICES = `{virtual_hosts: [{name: v, domains: ["*"], virtual_clusters: [
    {name: rewritten, headers: [{name: ":path", string_match: {prefix: /new}}]}],
  routes: [
  {name: never, match: {prefix: /off, runtime_fraction: {runtime_key: k, default_value: {numerator: 0}}}, route: {cluster: never}},
  {match: {prefix: /half, runtime_fraction: {runtime_key: k, default_value: {numerator: 50}}}, route: {cluster: half}},
  {match: {prefix: /meta, dynamic_metadata: [{filter: f, path: [{key: a}], value: {string_match: {exact: x}}}]}, route: {cluster: meta}},
  {match: {prefix: /old, case_sensitive: false}, route: {cluster: one, prefix_rewrite: /new}},
  {match: {prefix: /weights}, route: {weighted_clusters: {clusters: [{name: a, weight: 1}, {name: b, weight: 1}]}}},
  {match: {prefix: /}, direct_response: {status: 200}}]}]}`

test('route check: a runtime key is on as far as the route says, and a fraction of nothing is the smallest one', () => {
  const cluster = (path: string, runtime: string, random_value: number, cluster_name: string) =>
    check(one(request(path, { runtime, random_value }), { cluster_name }), {}, CHOICES).errors
  expect(cluster('/off', 'k', 0, 'never')).toEqual([])
  expect(cluster('/off', 'k', 1, '')).toEqual([])
  expect(cluster('/off', '', 0, '')).toEqual([])
  expect(cluster('/half', 'k', 49, 'half')).toEqual([])
  expect(cluster('/half', 'k', 50, '')).toEqual([])
  expect(cluster('/half', 'other', 0, '')).toEqual([])
})

test('route check: dynamic metadata, of which the first counts', () => {
  const cluster = (...values: readonly (readonly [string, boolean])[]) => {
    const dynamic_metadata = values.map(([a, allow_overwrite]) => ({
      metadata_namespace: 'f',
      value: { a },
      allow_overwrite,
    }))
    return check(one(request('/meta', { dynamic_metadata }), { cluster_name: 'meta' }), {}, CHOICES).ok
  }
  expect(cluster()).toBe(false)
  expect(cluster(['x', false])).toBe(true)
  expect(cluster(['x', false], ['y', false])).toBe(true)
  expect(cluster(['y', false], ['x', true])).toBe(true)
})

test('route check: the virtual cluster is that of the request as it is sent', () => {
  expect(check(one(request('/old'), { virtual_cluster_name: 'rewritten' }), {}, CHOICES).errors).toEqual([])
})

test('route check: coverage counts routes, or expectations of routes, and names what has no test', () => {
  const tests = [
    ...one(request('/OLD'), { cluster_name: 'one', path_rewrite: '/new' }),
    ...one(request('/weights'), { cluster_name: 'a' }),
    ...one(request('/'), { path_redirect: '', code_redirect: 200 }),
  ]
  expect(check(tests.slice(0, 2), {}, CHOICES).lines).toEqual(['Current route coverage: 28.5714%'])
  expect(check(tests, { failUnder: 50 }, CHOICES)).toEqual({
    ok: false,
    lines: [],
    errors: ['t', 'expected: [], actual: [http://a/], test type: path_redirect'],
  })
  const passing = [...tests.slice(0, 2), ...one(request('/'), { code_redirect: 200 })]
  expect(check(passing, { failUnder: 50, detailedCoverage: true }, CHOICES)).toEqual({
    ok: false,
    lines: [
      'Missing test for host: v, route name: never-0.0',
      'Missing test for host: v, route name: -0.1',
      'Missing test for host: v, route name: -0.2',
      'Current route coverage: 42.8571%',
    ],
    errors: ['Failed to meet coverage requirement: 50%'],
  })
  const all = check(passing.slice(1), { comprehensive: true }, CHOICES)
  expect(all.ok).toBe(true)
  expect(all.lines.at(-1)).toBe('Current route coverage: 10%')
  expect(all.lines[3]).toBe('Missing test for host: v, route: prefix: "/old"\ncase_sensitive {\n}\n')
  expect(all.lines[1]).toBe(
    'Missing test for host: v, route: prefix: "/half"\nruntime_fraction {\n  default_value {\n    numerator: 50\n  }\n' +
      '  runtime_key: "k"\n}\n',
  )
})

test.each([
  [{ test: [] }, 'g.json: no list "tests"'],
  [{ tests: [] }, 'g.json: no list "tests"'],
  [
    { tests: [{ test_name: 'a', input: { authority: 'a' } }] },
    'g.json: test "a": a request has input.authority and input.path',
  ],
  [
    { tests: [{ input: request('/'), validate: { cluster_nam: 'a' } }] },
    'g.json: test 0: validate: unknown member "cluster_nam"; did you mean "cluster_name"?',
  ],
  [{ tests: [{ testName: 'a', input: request('/', { ssl: 1 }) }] }, 'g.json: test "a": input: ssl is no boolean'],
])('route check: %j is no list of tests', (golden, message) => {
  const file = { file: 'g.json', text: JSON.stringify(golden) }
  expect(checkRoutes({ file: 'c.yaml', text: TABLE }, file, PLAIN, deps)).toEqual({
    ok: false,
    lines: [],
    errors: [message],
  })
})

test('route check: tests in YAML, and members by their JSON names', () => {
  const text = 'tests: [{testName: t, input: {authority: a, path: /a}, validate: {clusterName: two}}]'
  expect(checkRoutes({ file: 'c.yaml', text: TABLE }, { file: 'g.yaml', text }, PLAIN, deps).errors).toEqual([
    't',
    'expected: [two], actual: [one], test type: cluster_name',
  ])
})

describe('route check: the goldens of the tool', () => {
  if (!existsSync(PEER)) {
    test.skip(`${PEER} is not here`, () => undefined)
    return
  }
  const text = (file: string) => ({ file, text: readFileSync(join(PEER, file), 'utf8') })
  // The index is data of the same collection; its shape is told in its README.
  const index = JSON.parse(text('index.json').text) as readonly {
    config: string
    golden: string
    expect_failures: boolean
  }[]
  test.each(index.map((entry) => [entry.golden, entry] as const))('%s', (_, entry) => {
    const { ok, errors } = checkRoutes(text(entry.config), text(entry.golden), PLAIN, deps)
    expect(errors).toEqual(entry.expect_failures ? expect.arrayContaining([expect.any(String)]) : [])
    expect(ok).toBe(!entry.expect_failures)
  })
})
