import { expect, test } from 'bun:test'
import { LentBytes, lentBytes } from '../base/lent-bytes.ts'
import type { NativeSocket } from './native-socket.ts'
import { WriteQueue } from './write-queue.ts'

/** Takes at most so many bytes a call. */
function socketThatTakes(most: number): NativeSocket {
  return { write: (bytes: Uint8Array, length = bytes.length) => Math.min(length, most) } as unknown as NativeSocket
}

const scratch = Buffer.alloc(1024)

test.each([
  ['all of it left in one call', 1000, true],
  ['the kernel took a part', 70, false],
])('lent memory: %s', (_, most, returns) => {
  const chunk = new Uint8Array(60)
  const queue = new WriteQueue()
  lentBytes.lend(chunk)
  queue.push('head')
  queue.push(chunk.subarray(0, 40))
  queue.push(new Uint8Array(10))
  queue.push(chunk.subarray(40))
  queue.flush(socketThatTakes(most), scratch)
  expect(lentBytes.takeBack()).toBe(returns)
})

test('lent memory comes back when every byte is settled and nobody keeps it', () => {
  const lent = new LentBytes()
  const chunk = new Uint8Array(10)
  lent.lend(chunk)
  lent.settle(new Uint8Array(10), 10)
  lent.settle(chunk.subarray(3), 7)
  expect(lent.takeBack()).toBe(false)
  lent.lend(chunk)
  lent.settle(chunk, 3)
  lent.settle(chunk.subarray(3), 7)
  expect([lent.active, lent.takeBack(), lent.active]).toEqual([true, true, false])
  lent.lend(chunk)
  lent.settle(chunk, 10)
  lent.keep()
  expect(lent.takeBack()).toBe(false)
})
