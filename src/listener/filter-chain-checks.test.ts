import { expect, test } from 'bun:test'
import { testContext } from '../../test/support/route-table.ts'
import { parseMessage } from '../config/parse-message.ts'
import { parseRoot } from '../config/parse-root.ts'
import { parseListener } from './listener-config.ts'

const TYPE = 'envoy.config.listener.v3.Listener'

function errors(...matches: readonly string[]): readonly string[] {
  const chains = matches.map((match, index) => `{name: c${index}, filter_chain_match: ${match}}`)
  const address = 'address: {socket_address: {address: 127.0.0.1, port_value: 80}}'
  const message = parseMessage(TYPE, `{name: l, ${address}, filter_chains: [${chains.join()}]}`)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(TYPE, message.value, {}, (reader) => parseListener(reader, testContext()))
  return parsed.ok ? [] : parsed.errors.map((error) => error.message)
}

const OVERLAP =
  "error adding listener '127.0.0.1:80': multiple filter chains with overlapping matching rules are defined"

test('filter chains: two that would take the same connections are refused', () => {
  expect(errors('{server_names: [a.com]}', '{server_names: [a.com]}')).toEqual([
    expect.stringContaining("filter chain 'c1' has the same matching rules defined as 'c0'"),
  ])
  expect(errors('{server_names: [a.com]}', '{server_names: [b.com, A.com]}')).toEqual([OVERLAP])
  expect(errors('{server_names: [a.com, a.com]}')).toEqual([OVERLAP])
  expect(errors('{source_ports: [1, 2]}', '{source_ports: [2, 3]}')).toEqual([OVERLAP])
  expect(errors('{application_protocols: [h2, x]}', '{application_protocols: [x]}')).toEqual([OVERLAP])
  const range = (ip: string) => `{prefix_ranges: [{address_prefix: ${ip}, prefix_len: 8}]}`
  expect(errors(range('1.2.3.4'), range('1.9.9.9'))).toEqual([OVERLAP])
})

test('filter chains: those that differ in one criterion are not', () => {
  expect(errors('{}', '{server_names: [a.com]}', '{server_names: [a.com], transport_protocol: tls}')).toEqual([])
  expect(
    errors('{server_names: [a.com, b.com], source_ports: [1]}', '{server_names: [b.com], source_ports: [2]}'),
  ).toEqual([])
  expect(errors('{}', '{prefix_ranges: [{address_prefix: 0.0.0.0, prefix_len: 0}]}')).toEqual([])
})

test('filter chains: wildcards stand for first labels', () => {
  expect(errors('{server_names: ["*.com", "*.*.org", "*."]}')).toEqual([])
  for (const name of ['*', 'a*.com', 'a.*.com', '*a.com']) {
    expect(errors(`{server_names: ["${name}"]}`)).toEqual(['partial wildcards are not supported in "server_names"'])
  }
})
