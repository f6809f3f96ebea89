import { expect, test } from 'bun:test'
import { runListenerFilter } from '../../../../../test/support/listener-filter-run.ts'
import { testContext } from '../../../../../test/support/route-table.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import { extension } from './extension.ts'

function value(key: string, format: string, more = ''): string {
  const source = `format_string: {text_format_source: {inline_string: "${format}"}}`
  return `{object_key: ${key}, factory_key: envoy.string, ${source}${more}}`
}

test('listener set_filter_state: objects of what is known when a connection is accepted', () => {
  const type = extension.typeNames[0]!
  const values = [value('from', '%DOWNSTREAM_REMOTE_ADDRESS%'), value('none', '', ', skip_if_empty: true')]
  const message = parseMessage(type, `{on_accept: [${values.join()}]}`)
  if (!message.ok) throw new Error(message.errors.map((error) => error.message).join('\n'))
  const parsed = parseRoot(type, message.value, {}, (reader) => extension.parse(reader, testContext()))
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join('\n'))
  const factory = extension.create(parsed.value, {} as FactoryContext)
  const { outcome, rest, streamInfo } = runListenerFilter(factory, [Buffer.from('GET /')])
  expect([outcome, rest]).toEqual(['passed', 'GET /'])
  expect(streamInfo.filterState.get('from')?.serializeAsString()).toBe('10.0.0.9:9999')
  expect(streamInfo.filterState.get('none')).toBeUndefined()
})
