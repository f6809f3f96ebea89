import { expect, test } from 'bun:test'
import { byteWriter } from '../base/byte-writer.ts'
import { LentBytes, lentBytes } from '../base/lent-bytes.ts'
import type { NativeSocket } from './native-socket.ts'
import { Outbox } from './outbox.ts'
import { WriteQueue } from './write-queue.ts'

/** Takes at most so many bytes a call, and keeps what it took. */
class Kernel {
  sent = ''
  room: () => number

  constructor(room: () => number) {
    this.room = room
  }

  write(bytes: Uint8Array, length = bytes.length): number {
    const taken = Math.min(length, this.room())
    this.sent += Buffer.from(bytes.subarray(0, taken)).latin1Slice()
    return taken
  }

  writePart({ bytes }: { bytes: Uint8Array }, from: number, length: number): number {
    return this.write(bytes.subarray(from), length)
  }

  get socket(): NativeSocket {
    return this as unknown as NativeSocket
  }
}

const scratch = Buffer.alloc(64 * 1024)

test.each([
  ['all of it left in one call', 1000, false, true],
  ['the kernel took a part', 70, false, false],
  ['all of it was copied', 70, true, true],
])('lent memory: %s', (_, most, soon, returns) => {
  const chunk = new Uint8Array(60)
  const queue = new WriteQueue(new Outbox())
  lentBytes.lend(chunk)
  queue.push('head', soon)
  queue.push(chunk.subarray(0, 40), soon)
  queue.push(new Uint8Array(10), soon)
  queue.push(chunk.subarray(40), soon)
  queue.flush(new Kernel(() => most).socket, scratch)
  expect(lentBytes.takeBack()).toBe(returns)
})

/** Pushes one piece in each of the ways there are, and returns its text. */
function pushSome(queue: WriteQueue, random: () => number, soon: boolean): string {
  const size = [1, 20, 63, 64, 500, 5000, 40_000][Math.floor(random() * 7)]! + Math.floor(random() * 3)
  const text = String.fromCharCode(97 + Math.floor(random() * 26)).repeat(size)
  const kind = random()
  if (kind < 0.3) queue.push(text, soon)
  else if (kind < 0.6) queue.push(Buffer.from(text), soon)
  else {
    byteWriter.begin().text(text)
    queue.pushComposed(byteWriter, soon)
  }
  return text
}

test('whatever is pushed in whichever way leaves in order, also when the kernel takes little, beside others', () => {
  let state = 7
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647
  const outbox = new Outbox()
  const queues = [0, 1, 2].map(() => new WriteQueue(outbox))
  const expected = ['', '', '']
  const kernels = queues.map(() => new Kernel(() => (random() < 0.2 ? Math.floor(random() * 6000) : Infinity)))
  for (let turn = 0; turn < 300; turn++) {
    for (let i = Math.floor(random() * 8); i > 0; i--) {
      const k = Math.floor(random() * 3)
      expected[k] += pushSome(queues[k]!, random, !queues[k]!.blocked)
    }
    for (const [k, queue] of queues.entries()) {
      if (!queue.blocked) queue.flush(kernels[k]!.socket, scratch)
      expect(kernels[k]!.sent.length + queue.length).toBe(expected[k]!.length)
      if (random() < 0.7) queue.blocked = false
    }
    outbox.clear()
  }
  for (const [k, queue] of queues.entries()) {
    kernels[k]!.room = () => Infinity
    queue.blocked = false
    queue.flush(kernels[k]!.socket, scratch)
    expect(queue.length).toBe(0)
    expect(kernels[k]!.sent).toBe(expected[k]!)
  }
})

test('what stands in the outbox is forgotten with the connection, and when its socket is gone', () => {
  const outbox = new Outbox()
  const queue = new WriteQueue(outbox)
  queue.push('abc', true)
  queue.clear()
  expect(queue.length).toBe(0)
  queue.push('def', true)
  expect(queue.flush(new Kernel(() => -1).socket, scratch)).toBe(-1)
  expect(queue.length).toBe(0)
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
