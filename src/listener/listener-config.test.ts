import { expect, test } from 'bun:test'
import { createParseContext } from '../config/parse-context.ts'
import { parseMessage } from '../config/parse-message.ts'
import { parseRoot } from '../config/parse-root.ts'
import { ExtensionRegistry } from '../registry/extension-registry.ts'
import { parseListener } from './listener-config.ts'

const LISTENER = 'envoy.config.listener.v3.Listener'

function errors(address: string, chain = '', more = ''): readonly string[] {
  const text = `{name: l, address: {socket_address: {port_value: 80, ${address}}}, filter_chains: [{${chain}}]${more}}`
  const message = parseMessage(LISTENER, text)
  if (!message.ok) return message.errors.map((error) => error.message)
  const context = createParseContext(new ExtensionRegistry([]), {
    clusterNames: undefined,
    accessLogFiles: { open: () => ({ error: 'no files here' }) },
  })
  const parsed = parseRoot(LISTENER, message.value, {}, (reader) => parseListener(reader, context))
  return parsed.ok ? [] : parsed.errors.map((error) => error.message)
}

test('ipv4_compat is for addresses that have IPv4 clients', () => {
  expect(errors('address: "::", ipv4_compat: true')).toEqual([])
  expect(errors('address: "::ffff:10.0.0.1", ipv4_compat: true')).toEqual([])
  const refusal = "Only IPv6 address '::' or valid IPv4-mapped IPv6 address can set ipv4_compat: "
  expect(errors('address: "::1", ipv4_compat: true')).toEqual([`${refusal}[::1]:80`])
  expect(errors('address: 10.0.0.1, ipv4_compat: true')).toEqual([`${refusal}10.0.0.1:80`])
  const other =
    ', additional_addresses: [{address: {socket_address: {address: "::1", port_value: 81, ipv4_compat: true}}}]'
  expect(errors('address: 10.0.0.1', '', other)).toEqual([`${refusal}[::1]:81`])
})

test('a negative transport_socket_connect_timeout is refused though there is nothing to time out', () => {
  expect(errors('address: 10.0.0.1', 'transport_socket_connect_timeout: 5s')).toEqual([])
  expect(errors('address: 10.0.0.1', 'transport_socket_connect_timeout: -1s')).toEqual([
    'Expected positive duration: transport_socket_connect_timeout is -1s',
  ])
})

test('an additional address without one is refused, where Envoy aborts', () => {
  expect(errors('address: 10.0.0.1', '', ', additional_addresses: [{}]')).toEqual([
    'an additional address needs an address',
  ])
})
