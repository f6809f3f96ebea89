import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import type { DecoderCallbacks } from '../../../../api/http.ts'
import { extension } from './extension.ts'

const ANY = 'permissions: [{any: true}], principals: [{any: true}]'
const on = (path: string) => `permissions: [{url_path: {path: {prefix: ${path}}}}], principals: [{any: true}]`
const permission = (rule: string) => `rules: {policies: {p: {permissions: [${rule}], principals: [{any: true}]}}}`
const principal = (rule: string) => `rules: {policies: {p: {permissions: [{any: true}], principals: [${rule}]}}}`
const ACTION = 'type.googleapis.com/envoy.config.rbac.v3.Action'
const act = (name: string, action = 'ALLOW') =>
  `action: {name: a, typed_config: {"@type": ${ACTION}, name: ${name}, action: ${action}}}`
const input = (type: string, fields = '') =>
  `input: {name: i, typed_config: {"@type": type.googleapis.com/${type}${fields}}}`
const HEADER = input('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', ', header_name: x')

const extensionOf = (type: string) => (fields: string) =>
  `{name: m, typed_config: {"@type": type.googleapis.com/envoy.extensions.rbac.${type}${fields}}}`
const MTLS = extensionOf('principals.mtls_authenticated.v3.Config')
const UPSTREAM = extensionOf('matchers.upstream_ip_port.v3.UpstreamIpPortMatcher')

httpFilterConformance(extension, {
  good: [
    '{}',
    permission(`{matcher: ${UPSTREAM(', upstream_ip: {address_prefix: 10.0.0.0, prefix_len: 8}')}}`),
    principal(`{custom: ${MTLS(', san_matcher: {san_type: DNS, matcher: {exact: a}}')}}`),
    `rules: {action: DENY, policies: {p: {${on('/none')}}}}`,
    `{rules: {action: LOG, policies: {p: {${ANY}}}}, shadow_rules: {policies: {p: {${ANY}}}}}`,
    'rules: {}',
    `matcher: {on_no_match: {${act('x', 'DENY')}}}`,
    permission('{destination_port_range: {start: 1, end: 65536}}'),
    principal('{authenticated: {principal_name: {exact: a}}}, {filter_state: {key: k, string_match: {exact: v}}}'),
  ],
  bad: [
    ['rules: {policies: {p: {permissions: [{any: true}]}}}', 'principals'],
    [permission('{destination_port_range: {start: 5, end: 5}}'), 'range start 5 cannot be greater or equal than'],
    [permission('{destination_port_range: {start: -1, end: 5}}'), 'range start -1 is out of bounds'],
    [`rules: {policies: {p: {${ANY}, condition: {}}}}`, 'Invalid empty expression'],
    [`rules: {policies: {p: {${ANY}, condition: {call_expr: {function: f}}}}}`, 'resolve step for f'],
    [
      `matcher: {matcher_tree: {${input('envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput')}, exact_match_map: {map: {a: {${act('x')}}}}}}`,
      "RBAC HTTP filter cannot match on 'type.googleapis.com/envoy.type.matcher.v3.HttpResponseStatusCodeMatchInput'",
    ],
    [`matcher: {on_no_match: {${act('x')}, keep_matching: true}}`, 'keep_matching is not supported'],
    [
      principal('{custom: {name: m, typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}}}'),
      "Didn't find a registered implementation for 'm'",
    ],
    [principal(`{custom: ${MTLS('')}}`), 'did not have any configured validation'],
    [
      principal(`{custom: ${MTLS(', san_matcher: {san_type: OTHER_NAME, matcher: {exact: a}}')}}`),
      'Failed to create SAN matcher for OTHER_NAME',
    ],
    [permission(`{matcher: ${UPSTREAM('')}}`), 'missing `upstream_ip` and/or `upstream_port_range`'],
  ],
  transparent: `rules: {policies: {p: {${ANY}}}}`,
  perRoute: { good: ['{}', `rbac: {rules: {policies: {p: {${ANY}}}}}`] },
})

function metadata(filter: { readonly callbacks: DecoderCallbacks }, name: string): unknown {
  return filter.callbacks.streamInfo.dynamicMetadata?.get(name)
}

describe('RBAC', () => {
  test('the first policy by name that matches', () => {
    const filter = new FilterHarness(extension, {
      config: `{rules: {policies: {z: {${ANY}}, "a b": {${on('/a')}}}}, track_per_rule_stats: true, rules_stat_prefix: rp}`,
    })
    filter.send('GET /a').respond(200)
    expect(metadata(filter, 'envoy.filters.http.rbac')).toEqual({
      rpenforced_effective_policy_id: 'a b',
      rpenforced_engine_result: 'allowed',
    })
    expect(filter.stat('rbac.rp.policy.a b.allowed')).toBe(1)
    expect(filter.stat('rbac.rp.allowed')).toBe(1)
  })

  test('who may not pass gets 403, with the policy in the details', () => {
    const filter = new FilterHarness(extension, { config: `rules: {action: DENY, policies: {"my p": {${ANY}}}}` })
    expect(filter.send('GET /').reply()).toMatchObject({ status: 403, body: 'RBAC: access denied' })
    expect(filter.logged.at(-1)?.details).toBe('rbac_access_denied_matched_policy[my_p]')
    expect(filter.stat('rbac.denied')).toBe(1)
  })

  test('shadow rules are asked, counted and without effect', () => {
    const config = `{shadow_rules: {action: DENY, policies: {p: {${ANY}}}}, shadow_rules_stat_prefix: sp}`
    const filter = new FilterHarness(extension, { config })
    filter.send('GET /').respond(200)
    expect(filter.reached).toBeTrue()
    expect(filter.stat('rbac.sp.shadow_denied')).toBe(1)
    expect(filter.stat('rbac.allowed')).toBe(0)
    expect(metadata(filter, 'envoy.filters.http.rbac')).toEqual({
      spshadow_effective_policy_id: 'p',
      spshadow_engine_result: 'denied',
    })
  })

  test('LOG lets everybody pass and tells what to log', () => {
    const filter = new FilterHarness(extension, { config: `rules: {action: LOG, policies: {p: {${on('/a')}}}}` })
    filter.send('GET /a').respond(200)
    expect(metadata(filter, 'envoy.common')).toEqual({ access_log_hint: true })
    filter.send('GET /b').respond(200)
    expect(metadata(filter, 'envoy.common')).toEqual({ access_log_hint: false })
  })

  test('a matcher goes before rules; what it does not know is refused', () => {
    const tree = `matcher_tree: {${HEADER}, exact_match_map: {map: {"1": {${act('one')}}, "2": {${act('two', 'LOG')}}}}}`
    const config = `{matcher: {${tree}}, rules: {policies: {p: {${ANY}}}}}`
    const filter = new FilterHarness(extension, { config })
    expect(filter.send('GET /').reply().status).toBe(403)
    filter.send('GET /', ['x: 2']).respond(200)
    expect(metadata(filter, 'envoy.common')).toEqual({ access_log_hint: true })
  })

  test('a route has rules of its own, with a matcher that uses the runtime', () => {
    const fraction = 'envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction'
    const half = `custom_match: {name: c, typed_config: {"@type": type.googleapis.com/${fraction}, runtime_fraction: {runtime_key: k, default_value: {numerator: 0}}}}`
    const list = `matcher_list: {matchers: [{predicate: {single_predicate: {${HEADER}, ${half}}}, on_match: {${act('x')}}}]}`
    const type = '"@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute'
    const routes = `{match: {prefix: /}, route: {cluster: app}, typed_per_filter_config: {envoy.filters.http.rbac: {${type}, rbac: {matcher: {${list}}}}}}`
    const make = (runtime: Record<string, unknown>) => new FilterHarness(extension, { routes, runtime })
    expect(make({ k: 0 }).send('GET /', ['x: 1']).reply().status).toBe(403)
    const open = make({ k: 100 })
    open.send('GET /', ['x: 1']).respond(200)
    expect(open.reached).toBeTrue()
  })
})
