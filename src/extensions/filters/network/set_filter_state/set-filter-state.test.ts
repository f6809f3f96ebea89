import { expect, test } from 'bun:test'
import { testContext } from '../../../../../test/support/route-table.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { FakeConnection } from '../../../../http/testing/fake-connection.ts'
import type { NetworkSetFilterStateConfig } from './set-filter-state-filter.ts'
import { NetworkSetFilterStateFilter, parseNetworkSetFilterState } from './set-filter-state-filter.ts'

const TYPE = 'envoy.extensions.filters.network.set_filter_state.v3.Config'
const value = (key: string, format: string) =>
  `{object_key: ${key}, factory_key: envoy.string, format_string: {text_format_source: {inline_string: "${format}"}}}`

function parse(yaml: string): NetworkSetFilterStateConfig | readonly string[] {
  const message = parseMessage(TYPE, yaml)
  if (!message.ok) return message.errors.map((error) => error.message)
  const parsed = parseRoot(TYPE, message.value, {}, (reader) => parseNetworkSetFilterState(reader, testContext()))
  return parsed.ok ? parsed.value : parsed.errors.map((error) => error.message)
}

test('network set_filter_state: objects at the beginning and at the first bytes', () => {
  const config = parse(
    `{on_new_connection: [${value('peer', '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')}], on_downstream_data: [${value('data', 'some')}]}`,
  )
  if (!('onNewConnection' in config)) throw new Error(config.join('\n'))
  const connection = new FakeConnection(new SimulatedDispatcher(), '10.1.1.1')
  const { filterState } = connection.streamInfo
  connection.use(new NetworkSetFilterStateFilter(config, connection))
  expect(filterState.get('peer')?.serializeAsString()).toBe('10.1.1.1')
  expect(filterState.get('data')).toBeUndefined()
  connection.receive('x')
  expect(filterState.get('data')?.serializeAsString()).toBe('some')
})

test('network set_filter_state: what waits for TLS is refused', () => {
  expect(parse(`on_downstream_tls_handshake: [${value('k', 'v')}]`)).toEqual([
    expect.stringContaining('on_downstream_tls_handshake is not supported by Nuncio yet'),
  ])
})
