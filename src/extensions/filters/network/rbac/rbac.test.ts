import { describe, expect, test } from 'bun:test'
import { createTestScope } from '../../../../../test/support/fake-scope.ts'
import { testRuntime } from '../../../../../test/support/route-table.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import type { NetworkFilterChainBuilder, ReadFilter } from '../../../../api/network.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { FakeConnection } from '../../../../http/testing/fake-connection.ts'
import type { NetworkRbacConfig } from './config.ts'
import { parseNetworkRbac } from './config.ts'
import { extension } from './extension.ts'

const TYPE = 'envoy.extensions.filters.network.rbac.v3.RBAC'
const anybody = (action: string) =>
  `rules: {action: ${action}, policies: {"p q": {permissions: [{any: true}], principals: [{any: true}]}}}`

function parse(fields: string): NetworkRbacConfig | readonly string[] {
  const message = parseMessage(TYPE, `{stat_prefix: nr., ${fields}}`)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(TYPE, message.value, {}, parseNetworkRbac)
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message)
}

function start(fields: string) {
  const config = parse(fields)
  if (!('statPrefix' in config)) throw new Error(config.join('\n'))
  const scope = createTestScope()
  const dispatcher = new SimulatedDispatcher()
  const connection = new FakeConnection(dispatcher)
  let filter: ReadFilter | undefined
  // The rest of both is not used by this filter.
  const context = { scope: scope.scope, runtime: testRuntime() } as unknown as FactoryContext
  const builder = { connection, addReadFilter: (added: ReadFilter) => void (filter = added) }
  extension.create(config, context)(builder as unknown as NetworkFilterChainBuilder)
  const data = new ByteQueue()
  return { connection, dispatcher, scope, receive: () => filter!.onData(data, false) }
}

describe('network RBAC', () => {
  test('decides once, at the first bytes', () => {
    const { receive, scope } = start(anybody('ALLOW'))
    expect([receive(), receive()]).toEqual(['continue', 'continue'])
    expect(scope.counter('nr.rbac.allowed')).toBe(1)
  })

  test('decides again with CONTINUOUS', () => {
    const { receive, scope } = start(`${anybody('ALLOW')}, enforcement_type: CONTINUOUS`)
    expect([receive(), receive()]).toEqual(['continue', 'continue'])
    expect(scope.counter('nr.rbac.allowed')).toBe(2)
  })

  test('a refused connection is closed, and its log knows why', () => {
    const { receive, connection, scope } = start(anybody('DENY'))
    expect(receive()).toBe('stop')
    expect(connection.state).toBe('closed')
    expect(connection.streamInfo.connectionTerminationDetails).toBe('rbac_access_denied_matched_policy[p_q]')
    expect(scope.counter('nr.rbac.denied')).toBe(1)
  })

  test('delay_deny: it is closed later', () => {
    const { receive, connection, dispatcher } = start(`${anybody('DENY')}, delay_deny: 1s`)
    expect([receive(), receive()]).toEqual(['stop', 'stop'])
    dispatcher.advance(999)
    expect(connection.state).toBe('open')
    dispatcher.advance(1)
    expect(connection.state).toBe('closed')
  })

  test('shadow rules leave what they would have done', () => {
    const shadow = anybody('DENY').replace('rules:', 'shadow_rules:')
    const { receive, connection, scope } = start(`${shadow}, shadow_rules_stat_prefix: sp`)
    expect(receive()).toBe('continue')
    expect(scope.counter('nr.rbac.sp.shadow_denied')).toBe(1)
    expect(connection.streamInfo.dynamicMetadata?.get('envoy.filters.network.rbac')).toEqual({
      spshadow_effective_policy_id: 'p q',
      spshadow_engine_result: 'denied',
    })
  })

  test('rules over headers are refused', () => {
    const header = '{header: {name: x, present_match: true}}'
    const rules = `rules: {policies: {p: {permissions: [{not_rule: ${header}}], principals: [{any: true}]}}}`
    expect(parse(rules)).toEqual([expect.stringContaining('rule,not supported by RBAC network filter')])
    const input =
      'input: {name: i, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x}}'
    const action =
      'action: {name: a, typed_config: {"@type": type.googleapis.com/envoy.config.rbac.v3.Action, name: act}}'
    expect(parse(`matcher: {matcher_tree: {${input}, exact_match_map: {map: {a: {${action}}}}}}`)).toEqual([
      expect.stringContaining('RBAC network filter cannot match'),
    ])
  })
})
