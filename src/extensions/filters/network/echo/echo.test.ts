import { expect, test } from 'bun:test'
import type { Connection } from '../../../../api/network.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import { EchoFilter } from './echo-filter.ts'

test('what comes goes back', () => {
  const events: string[] = []
  const connection = {
    countStreamBytes: (received: number, sent: number) => events.push(`counted ${received} ${sent}`),
    write: (chunk: Uint8Array) => events.push(`wrote ${Buffer.from(chunk).toString()}`),
  }
  const filter = new EchoFilter(connection as unknown as Connection)
  const data = new ByteQueue()
  data.push(Buffer.from('hello'))
  expect(filter.onNewConnection()).toBe('continue')
  expect([filter.onData(data), data.length]).toEqual(['stop', 0])
  expect(events).toEqual(['counted 5 5', 'wrote hello'])
})
