import { expect, test } from 'bun:test'
import { createTestScope } from '../../../../test/support/fake-scope.ts'
import { protoBytes } from '../../../../test/support/proto-fields.ts'
import type { AsyncCallbacks } from '../../../api/async-client.ts'
import { newRequestHeaders } from '../../../codec/headers/request-headers.ts'
import { newResponseHeaders } from '../../../codec/headers/response-headers.ts'
import { SimulatedDispatcher } from '../../../event/simulated-dispatcher.ts'
import { ByteQueue } from '../../../base/byte-queue.ts'
import { LogExporter } from './log-exporter.ts'

function setUp(hasCluster = true) {
  const dispatcher = new SimulatedDispatcher()
  const scope = createTestScope()
  const sent: { readonly records: number; readonly callbacks: AsyncCallbacks }[] = []
  const settings = { resource: new Uint8Array([1]), flushIntervalMs: 1000, bufferBytes: 10, timeoutMs: 5 }
  const exporter = new LogExporter(settings, {
    client: {
      send: (_headers, body, callbacks) => {
        const [resourceLogs] = protoBytes(body!.linearize(), 1)
        const [scopeLogs] = protoBytes(resourceLogs!, 2)
        sent.push({ records: protoBytes(scopeLogs!, 2).length, callbacks })
        return undefined
      },
      start: () => {
        throw new Error('reports are whole messages')
      },
    },
    dispatcher,
    hasCluster: () => hasCluster,
    newHeaders: () => newRequestHeaders('POST', '/', 'a'),
    written: scope.scope.counter('written'),
    dropped: scope.scope.counter('dropped'),
  })
  return { dispatcher, scope, sent, exporter }
}

const record = new Uint8Array([8, 1, 8, 1])

test('records go out after the interval, and nothing while there are none', () => {
  const { dispatcher, sent, exporter } = setUp()
  dispatcher.advance(5000)
  exporter.add(record)
  exporter.add(record)
  dispatcher.advance(999)
  expect(sent).toEqual([])
  dispatcher.advance(1)
  expect(sent.map(({ records }) => records)).toEqual([2])
  dispatcher.advance(5000)
  expect(sent.length).toBe(1)
})

test('records go out when there are enough of them', () => {
  const { dispatcher, sent, exporter } = setUp()
  for (let i = 0; i < 4; i++) exporter.add(record)
  expect(sent.map(({ records }) => records)).toEqual([3])
  dispatcher.advance(1000)
  expect(sent.map(({ records }) => records)).toEqual([3, 1])
})

test('only a 200 counts as written', () => {
  const { dispatcher, sent, exporter, scope } = setUp()
  for (let i = 0; i < 3; i++) {
    exporter.add(record)
    dispatcher.advance(1000)
  }
  const answer = { body: new ByteQueue(), trailers: undefined }
  sent[0]!.callbacks.onResponse({ ...answer, headers: newResponseHeaders(200) })
  sent[1]!.callbacks.onResponse({ ...answer, headers: newResponseHeaders(202) })
  sent[2]!.callbacks.onFailure('reset')
  expect([scope.counter('written'), scope.counter('dropped')]).toEqual([1, 2])
})

test('without the cluster records are lost', () => {
  const { dispatcher, sent, exporter } = setUp(false)
  exporter.add(record)
  dispatcher.advance(1000)
  expect(sent).toEqual([])
})
