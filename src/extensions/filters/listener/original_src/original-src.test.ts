import { expect, test } from 'bun:test'
import { runListenerFilter } from '../../../../../test/support/listener-filter-run.ts'
import { testContext } from '../../../../../test/support/route-table.ts'
import type { FactoryContext } from '../../../../api/extension.ts'
import { pipeAddress } from '../../../../network/address.ts'
import { SocketInfo } from '../../../../network/connection-info.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'
import { extension } from './extension.ts'
import { OriginalSrcFilter } from './original-src-filter.ts'

test('original_src: upstreams are to see the client', () => {
  const type = extension.typeNames[0]!
  const message = parseMessage(type, '{mark: 123}')
  if (!message.ok) throw new Error(message.errors.map((error) => error.message).join('\n'))
  const parsed = parseRoot(type, message.value, {}, (reader) => extension.parse(reader, testContext()))
  if (!parsed.ok) throw new Error(parsed.errors.map((error) => error.message).join('\n'))
  const { outcome, info } = runListenerFilter(extension.create(parsed.value, {} as FactoryContext), [])
  expect(outcome).toBe('passed')
  expect(info.upstreamSource).toMatchObject({ address: { text: '10.0.0.9:9999' }, mark: 123 })
})

test('original_src: a client on a pipe has no address', () => {
  const pipe = pipeAddress('', 0)
  const info = new SocketInfo(pipe, pipe)
  new OriginalSrcFilter(0).onAccept({ info } as never)
  expect(info.upstreamSource).toBeUndefined()
})
