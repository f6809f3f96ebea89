import { expect, test } from 'bun:test'
import { testContext, testRuntime, testStreamInfo } from '../../test/support/route-table.ts'
import { createTestScope } from '../../test/support/fake-scope.ts'
import { parseMessage } from '../config/parse-message.ts'
import { parseRoot } from '../config/parse-root.ts'
import { chainByMatcher } from './filter-chain-matcher.ts'
import type { ListenerConfig } from './listener-config.ts'
import { parseListener } from './listener-config.ts'

const TYPE = 'envoy.config.listener.v3.Listener'
const input =
  'input: {name: i, typed_config: {"@type": type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.SourceIPInput}}'
const names = (name: string) =>
  `{action: {name: a, typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: ${name}}}}`
const tree = (map: string) => `filter_chain_matcher: {matcher_tree: {${input}, exact_match_map: {map: {${map}}}}}`

function parse(chains: string, matcher: string): ListenerConfig | readonly string[] {
  const address = 'address: {socket_address: {address: 127.0.0.1, port_value: 0}}'
  const message = parseMessage(TYPE, `{name: l, ${address}, filter_chains: [${chains}], ${matcher}}`)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(TYPE, message.value, {}, (reader) => parseListener(reader, testContext()))
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message)
}

test('filter chain matcher: names the chain; no match is the default chain, an unknown name none', () => {
  const chosen = (map: string) => {
    const config = parse('{name: one}, {name: two}', tree(map))
    if (!('filterChainMatcher' in config)) throw new Error(config.join('\n'))
    const matcher = config.filterChainMatcher!
    matcher.bind({ runtime: testRuntime(), scope: createTestScope().scope })
    const chains = config.filterChains.map(({ name }) => ({ description: { name } }))
    return chainByMatcher(matcher, chains, { description: { name: 'default' } }, testStreamInfo())?.description.name
  }
  expect(chosen(`127.0.0.1: ${names('two')}`)).toBe('two')
  expect(chosen(`127.0.0.2: ${names('two')}`)).toBe('default')
  expect(chosen(`127.0.0.1: ${names('three')}`)).toBeUndefined()
})

test('filter chain matcher: every chain has a name of its own', () => {
  const matcher = tree(`127.0.0.1: ${names('two')}`)
  expect(parse('{name: one}, {}', matcher)).toEqual([
    `error adding listener '127.0.0.1:0': "name" field is required when using a listener matcher`,
  ])
  expect(parse('{name: one}, {name: one}', matcher)).toEqual([
    `error adding listener '127.0.0.1:0': "name" field is duplicated with value 'one'`,
  ])
})
