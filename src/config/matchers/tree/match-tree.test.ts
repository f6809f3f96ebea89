import { describe, expect, test } from 'bun:test'
import { act, headerInput, input, matchTree, outcome, tryTree } from '../../../../test/support/match-tree.ts'
import { request, testStreamInfo } from '../../../../test/support/route-table.ts'
import { newResponseHeaders } from '../../../codec/headers/response-headers.ts'
import { newTrailers } from '../../../codec/headers/trailers.ts'

const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'
const MATCHERS = 'envoy.extensions.matching.input_matchers'

const single = (from: string, match: string) => `single_predicate: {${from}, ${match}}`
const is = (header: string, value: string) => single(headerInput(header), `value_match: {exact: "${value}"}`)
const list = (entries: readonly string[], rest = '') => `{matcher_list: {matchers: [${entries.join(',')}]}${rest}}`
const entry = (predicate: string, action: string, rest = '') =>
  `{predicate: {${predicate}}, on_match: {${act(action)}${rest}}}`
const custom = (type: string, fields: string) =>
  `custom_match: {name: c, typed_config: {"@type": type.googleapis.com/${type}, ${fields}}}`
const with_ = (...fields: readonly string[]) => ({ request: request('GET a/p?q=1&q=2&e=%41b', ...fields) })

describe('lists', () => {
  test('the first predicate that holds decides, otherwise on_no_match', () => {
    const tree = matchTree(
      list([entry(is('x', '1'), 'one'), entry(is('y', '1'), 'two')], `, on_no_match: {${act('no')}}`),
    )
    expect(outcome(tree, with_('x: 1', 'y: 1'))).toBe('one')
    expect(outcome(tree, with_('y: 1'))).toBe('two')
    expect(outcome(tree, with_())).toBe('no')
    expect(outcome(matchTree('{}'), with_())).toBe('no-match')
  })

  test('and, or, not', () => {
    const both = `and_matcher: {predicate: [{${is('x', '1')}}, {${is('y', '1')}}]}`
    const any = `or_matcher: {predicate: [{${is('x', '1')}}, {${is('y', '1')}}]}`
    const tree = matchTree(
      list([entry(both, 'both'), entry(any, 'any'), entry(`not_matcher: {${is('z', '1')}}`, 'not')]),
    )
    expect(outcome(tree, with_('x: 1', 'y: 1'))).toBe('both')
    expect(outcome(tree, with_('y: 1', 'z: 1'))).toBe('any')
    expect(outcome(tree, with_())).toBe('not')
    expect(outcome(tree, with_('z: 1'))).toBe('no-match')
  })

  test('what is not there yet leaves the rest undecided, unless an `or` holds without it', () => {
    const status = single(
      input('envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput'),
      'value_match: {exact: "200"}',
    )
    const or = `or_matcher: {predicate: [{${status}}, {${is('x', '1')}}]}`
    const tree = matchTree(list([entry(or, 'yes')], `, on_no_match: {${act('no')}}`))
    expect(outcome(tree, with_('x: 1'))).toBe('yes')
    expect(outcome(tree, with_())).toBe('insufficient-data')
    expect(outcome(tree, { ...with_(), response: newResponseHeaders(200) })).toBe('yes')
    expect(outcome(tree, { ...with_(), response: newResponseHeaders(404) })).toBe('no')
  })

  test('keep_matching tells and goes on', () => {
    const kept = entry(is('x', '1'), 'kept', ', keep_matching: true')
    const tree = matchTree(list([kept, entry(is('y', '1'), 'two')], `, on_no_match: {${act('no')}}`))
    expect(outcome(tree, with_('x: 1', 'y: 1'))).toBe('kept two')
    expect(outcome(tree, with_('x: 1'))).toBe('kept no')
  })

  test('keep_matching is refused where nobody is told', () => {
    const kept = entry(is('x', '1'), 'kept', ', keep_matching: true')
    expect(tryTree(list([kept]), { keepMatching: false })).toEqual([
      expect.stringContaining('keep_matching is not supported in this context'),
    ])
  })

  test('a nested tree that comes to nothing lets the list go on', () => {
    const nested = `{predicate: {${is('x', '1')}}, on_match: {matcher: ${list([entry(is('y', '1'), 'inner')])}}}`
    const tree = matchTree(list([nested, entry(is('x', '1'), 'outer')]))
    expect(outcome(tree, with_('x: 1', 'y: 1'))).toBe('inner')
    expect(outcome(tree, with_('x: 1'))).toBe('outer')
  })

  test('the older message reads the same', () => {
    const tree = matchTree(list([entry(is('x', '1'), 'one')]), { type: 'envoy.config.common.matcher.v3.Matcher' })
    expect(outcome(tree, with_('x: 1'))).toBe('one')
  })
})

describe('maps', () => {
  const map = (kind: string, entries: string, from = headerInput('x')) =>
    matchTree(`{matcher_tree: {${from}, ${kind}: {map: {${entries}}}}, on_no_match: {${act('no')}}}`)

  test('exact', () => {
    const tree = map('exact_match_map', `a: {${act('A')}}, "ü": {${act('U')}}`)
    expect(outcome(tree, with_('x: a'))).toBe('A')
    expect(outcome(tree, with_('x: \u00c3\u00bc'))).toBe('U')
    expect(outcome(tree, with_('x: ab'))).toBe('no')
    expect(outcome(tree, with_())).toBe('no')
    expect(outcome(tree, {})).toBe('insufficient-data')
  })

  test('prefix: the longest one, then shorter ones while nothing comes of it', () => {
    const nested = `matcher: ${list([entry(is('y', '1'), 'inner')])}`
    const tree = map('prefix_match_map', `a: {${act('A')}}, abc: {${nested}}, "": {${act('any')}}`)
    expect(outcome(tree, with_('x: abcd', 'y: 1'))).toBe('inner')
    expect(outcome(tree, with_('x: abcd'))).toBe('A')
    expect(outcome(tree, with_('x: b'))).toBe('any')
    expect(outcome(tree, with_())).toBe('no')
  })

  test('ranges of addresses: the longest prefix; exclusive ones only if first', () => {
    const range = (cidr: string, action: string, rest = '') => {
      const [prefix, length] = cidr.split('/')
      return `{ranges: [{address_prefix: "${prefix}", prefix_len: ${length}}], on_match: {${act(action)}}${rest}}`
    }
    const nothing = '{ranges: [{address_prefix: 10.1.2.0, prefix_len: 24}], on_match: {matcher: {}}}'
    const ranges = [range('10.0.0.0/8', 'ten', ', exclusive: true'), range('10.1.0.0/16', 'one'), nothing]
    ranges.push(range('::1/128', 'six'), range('0.0.0.0/0', 'all'))
    const ips = custom('xds.type.matcher.v3.IPMatcher', `range_matchers: [${ranges.join(',')}]`)
    const tree = matchTree(`{matcher_tree: {${headerInput('x')}, ${ips}}, on_no_match: {${act('no')}}}`)
    expect(outcome(tree, with_('x: 10.2.3.4'))).toBe('ten')
    expect(outcome(tree, with_('x: 10.1.2.3'))).toBe('one')
    expect(outcome(tree, with_('x: 11.1.2.3'))).toBe('all')
    expect(outcome(tree, with_('x: ::1'))).toBe('six')
    expect(outcome(tree, with_('x: ::2'))).toBe('no')
    expect(outcome(tree, with_('x: nonsense'))).toBe('no')
  })

  test('server names: exact, the longest wildcard, any', () => {
    const names = (domains: string, action: string) => `{domains: [${domains}], on_match: {${act(action)}}}`
    const matchers = [names('a.test', 'exact'), names('"*.a.test"', 'under'), names('"*.test"', 'test')]
    const type = 'xds.type.matcher.v3.ServerNameMatcher'
    const tree = (all: readonly string[]) =>
      `{matcher_tree: {${headerInput('x')}, ${custom(type, `domain_matchers: [${all.join(',')}]`)}}}`
    const made = matchTree(tree(matchers))
    expect(outcome(made, with_('x: a.test'))).toBe('exact')
    expect(outcome(made, with_('x: b.a.test'))).toBe('under')
    expect(outcome(made, with_('x: b.test'))).toBe('test')
    expect(outcome(made, with_('x: test'))).toBe('no-match')
    expect(outcome(matchTree(tree([...matchers, names('"*"', 'any')])), with_('x: test'))).toBe('any')
    expect(tryTree(tree([names('a.test, a.test', 'x')]))).toEqual([
      expect.stringContaining('Duplicate domain in ServerNameMatcher: a.test'),
    ])
    expect(tryTree(tree([names('"a*.test"', 'x')]))).toEqual([
      expect.stringContaining('Invalid wildcard domain format: a*.test'),
    ])
  })
})

describe('inputs', () => {
  const value = (from: string, data: Parameters<typeof outcome>[1], inputs: 'http' | 'network' = 'http') => {
    const tree = matchTree(`{matcher_tree: {${from}, prefix_match_map: {map: {"": {${act('some')}}}}}}`, { inputs })
    return outcome(tree, data)
  }
  const equals = (from: string, text: string, inputs: 'http' | 'network' = 'http') =>
    outcome(
      matchTree(`{matcher_tree: {${from}, exact_match_map: {map: {"${text}": {${act('yes')}}}}}}`, { inputs }),
      with_('x: 1', 'x: 2'),
    )

  test('headers are joined, query parameters decoded', () => {
    const type = 'envoy.type.matcher.v3.HttpRequestQueryParamMatchInput'
    expect(equals(headerInput('X'), '1,2')).toBe('yes')
    expect(equals(headerInput(':path'), '/p?q=1&q=2&e=%41b')).toBe('yes')
    expect(equals(input(type, 'query_param: q'), '1')).toBe('yes')
    expect(equals(input(type, 'query_param: e'), 'Ab')).toBe('yes')
    expect(equals(input(type, 'query_param: none'), '')).toBe('no-match')
  })

  test('addresses of the connection', () => {
    for (const inputs of ['http', 'network'] as const) {
      expect(equals(input(`${NETWORK}.SourceIPInput`), '127.0.0.1', inputs)).toBe('yes')
      expect(equals(input(`${NETWORK}.SourcePortInput`), '4000', inputs)).toBe('yes')
      expect(equals(input(`${NETWORK}.DirectSourceIPInput`), '127.0.0.1', inputs)).toBe('yes')
      expect(equals(input(`${NETWORK}.SourceTypeInput`), 'local', inputs)).toBe('yes')
    }
  })

  test('the rest of the stream comes later', () => {
    const header = (type: string) => input(`envoy.type.matcher.v3.${type}`, 'header_name: a')
    const trailers = newTrailers()
    trailers.add('a', '1')
    expect(value(header('HttpResponseTrailerMatchInput'), with_())).toBe('insufficient-data')
    expect(value(header('HttpResponseTrailerMatchInput'), { responseTrailers: trailers })).toBe('some')
    expect(value(header('HttpRequestTrailerMatchInput'), { requestTrailers: trailers })).toBe('some')
    expect(value(header('HttpResponseHeaderMatchInput'), { response: newResponseHeaders(200) })).toBe('no-match')
    const statusClass = input('envoy.type.matcher.v3.HttpResponseStatusCodeClassMatchInput')
    expect(value(statusClass, { response: newResponseHeaders(204) })).toBe('some')
    const local = input('envoy.type.matcher.v3.HttpResponseLocalReplyMatchInput')
    expect(value(local, with_())).toBe('insufficient-data')
    expect(value(local, { response: newResponseHeaders(204) })).toBe('some')
  })

  test('filter state', () => {
    const info = testStreamInfo()
    info.filterState.set('k', { serializeAsString: () => 'v', serializeAsJson: () => ({ f: 7 }) })
    const state = (fields: string) => input(`${NETWORK}.FilterStateInput`, fields)
    expect(value(state('key: k'), { streamInfo: info })).toBe('some')
    expect(value(state('key: k, field: f'), { streamInfo: info })).toBe('some')
    expect(value(state('key: k, field: g'), { streamInfo: info })).toBe('no-match')
    expect(value(state('key: z'), { streamInfo: info })).toBe('no-match')
  })

  test('a network tree knows nothing of headers, an HTTP tree no ALPN', () => {
    const network = tryTree(`{matcher_tree: {${headerInput('x')}, exact_match_map: {map: {a: {${act('A')}}}}}}`, {
      inputs: 'network',
    })
    expect(network).toEqual([expect.stringContaining("Didn't find a registered implementation for 'i'")])
    expect(equals(input(`${NETWORK}.TransportProtocolInput`), 'x', 'network')).toBe('no-match')
    expect(() => equals(input(`${NETWORK}.ApplicationProtocolInput`), 'x')).toThrow('registered implementation')
  })
})

describe('predicates', () => {
  const tree = (from: string, match: string, runtime = {}) =>
    matchTree(list([entry(single(from, match), 'yes')]), { runtime })

  test('consistent hashing: a share of the values', () => {
    const hashing = custom(`${MATCHERS}.consistent_hashing.v3.ConsistentHashing`, 'threshold: 30, modulo: 100, seed: 7')
    const made = tree(headerInput('x'), hashing)
    let matched = 0
    for (let i = 0; i < 1000; i++) if (outcome(made, with_(`x: user-${i}`)) === 'yes') matched++
    expect(matched).toBeGreaterThan(640)
    expect(matched).toBeLessThan(760)
  })

  test('runtime fraction', () => {
    const type = `${MATCHERS}.runtime_fraction.v3.RuntimeFraction`
    const match = custom(type, 'runtime_fraction: {runtime_key: k, default_value: {numerator: 0}}')
    expect(outcome(tree(headerInput('x'), match), with_('x: 1'))).toBe('no-match')
    expect(outcome(tree(headerInput('x'), match, { k: 100 }), with_('x: 1'))).toBe('yes')
  })

  test('addresses', () => {
    const match = custom(
      `${MATCHERS}.ip.v3.Ip`,
      'stat_prefix: s, cidr_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]',
    )
    expect(outcome(tree(headerInput('x'), match), with_('x: 10.3.4.5'))).toBe('yes')
    expect(outcome(tree(headerInput('x'), match), with_('x: 11.3.4.5'))).toBe('no-match')
    expect(outcome(tree(headerInput('x'), match), with_('x: no'))).toBe('no-match')
  })

  test('metadata, also inverted', () => {
    const info = testStreamInfo()
    info.setDynamicMetadata('f', { a: { b: 'v' } })
    const from = input(`${NETWORK}.DynamicMetadataInput`, 'filter: f, path: [{key: a}, {key: b}]')
    const match = (rest: string) =>
      custom(`${MATCHERS}.metadata.v3.Metadata`, `value: {string_match: {exact: v}}${rest}`)
    expect(outcome(tree(from, match('')), { streamInfo: info })).toBe('yes')
    expect(outcome(tree(from, match(', invert: true')), { streamInfo: info })).toBe('no-match')
    expect(outcome(tree(from, match(', invert: true')), {})).toBe('yes')
    expect(outcome(tree(from, 'value_match: {exact: v}'), { streamInfo: info })).toBe('no-match')
  })
})

test('CEL over the attributes of the stream', () => {
  const path = 'select_expr: {operand: {ident_expr: {name: request}}, field: method}'
  const equals = `call_expr: {function: _==_, args: [{${path}}, {const_expr: {string_value: GET}}]}`
  const match = custom('xds.type.matcher.v3.CelMatcher', `expr_match: {cel_expr_parsed: {expr: {${equals}}}}`)
  const from = input('xds.type.matcher.v3.HttpAttributesCelMatchInput')
  const tree = matchTree(list([entry(single(from, match), 'yes')]))
  expect(outcome(tree, with_())).toBe('yes')
  expect(outcome(tree, { request: request('POST a/') })).toBe('no-match')
  expect(tryTree(list([entry(single(headerInput('x'), match), 'yes')]))).toEqual([
    expect.stringContaining('Unsupported data input type'),
  ])
})
