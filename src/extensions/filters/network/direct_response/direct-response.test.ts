import { expect, test } from 'bun:test'
import type { Connection } from '../../../../api/network.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import { DirectResponseFilter } from './direct-response-filter.ts'

test('answers, closes, and takes nothing', () => {
  const events: string[] = []
  const streamInfo = { responseCodeDetails: undefined }
  const connection = {
    streamInfo,
    countStreamBytes: (received: number, sent: number) => events.push(`counted ${received} ${sent}`),
    write: (chunk: Uint8Array) => events.push(`wrote ${Buffer.from(chunk).toString()}`),
    close: (type: string) => events.push(`closed ${type}`),
  }
  const filter = new DirectResponseFilter(connection as unknown as Connection, Buffer.from('hello'))
  expect(filter.onNewConnection()).toBe('stop')
  expect(events).toEqual(['counted 0 5', 'wrote hello', 'closed flush-write'])
  expect(streamInfo.responseCodeDetails as unknown).toBe('direct_response')
  const data = new ByteQueue()
  data.push(Buffer.from('late'))
  expect([filter.onData(data), data.length]).toEqual(['stop', 0])
})
