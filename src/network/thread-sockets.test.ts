import { describe, expect, test } from 'bun:test'
import { lentBytes } from '../base/lent-bytes.ts'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import { ThreadSockets } from './thread-sockets.ts'

/** A connection that answers what it receives at once, and writes down what happens. */
class Echo {
  readonly #name: string
  readonly #thread: ThreadSockets
  readonly #log: string[]

  constructor(name: string, thread: ThreadSockets, log: string[]) {
    this.#name = name
    this.#thread = thread
    this.#log = log
  }

  onNativeData(chunk: Uint8Array): void {
    this.#log.push(`${this.#name} received ${chunk.length}`)
    this.#thread.markDirty(this)
  }

  flush(): void {
    this.#log.push(`${this.#name} sent`)
  }
}

function setUp() {
  const dispatcher = new SimulatedDispatcher()
  const thread = new ThreadSockets(dispatcher)
  const log: string[] = []
  return { dispatcher, thread, log, a: new Echo('a', thread, log), b: new Echo('b', thread, log) }
}

const bytes = (count: number) => new Uint8Array(count)

test('what came in a turn is processed together at its end, and what that wrote is sent together', () => {
  const { dispatcher, thread, log, a, b } = setUp()
  thread.deliver(a, bytes(1))
  thread.deliver(b, bytes(2))
  expect(log).toEqual([])
  dispatcher.advance(0)
  expect(log).toEqual(['a received 1', 'b received 2', 'a sent', 'b sent'])
  thread.deliver(b, bytes(3))
  dispatcher.advance(0)
  expect(log.slice(4)).toEqual(['b received 3', 'b sent'])
})

test('a large chunk is processed and sent on at once, after what came before it', () => {
  const { dispatcher, thread, log, a, b } = setUp()
  thread.deliver(a, bytes(1))
  thread.deliver(b, bytes(100_000))
  expect(log).toEqual(['a received 1', 'b received 100000', 'a sent', 'b sent'])
  dispatcher.advance(0)
  expect(log).toHaveLength(4)
})

test('other events of sockets find everything delivered', () => {
  const { dispatcher, thread, log, a } = setUp()
  thread.deliver(a, bytes(1))
  thread.enter()
  log.push('a closed')
  thread.leave()
  expect(log).toEqual(['a received 1', 'a closed'])
  dispatcher.advance(0)
  expect(log).toEqual(['a received 1', 'a closed', 'a sent'])
})

test('what a flush writes on another connection leaves with it', () => {
  const { dispatcher, thread, log, a } = setUp()
  const relay = {
    flush() {
      log.push('relay sent')
      thread.markDirty(a)
    },
  }
  thread.markDirty(relay)
  dispatcher.advance(0)
  expect(log).toEqual(['relay sent', 'a sent'])
})

describe('memory to receive into', () => {
  const settles = { onNativeData: (chunk: Uint8Array) => lentBytes.settle(chunk, chunk.length) }
  const looksLater = { onNativeData: () => undefined }
  const most = (thread: ThreadSockets) => thread.receiveBuffer.bytes.length

  test('is used again once everything in it has left, and given away otherwise', () => {
    const { thread } = setUp()
    const first = thread.receiveBuffer
    thread.received(settles, most(thread))
    expect(thread.receiveBuffer).toBe(first)
    thread.received(looksLater, most(thread))
    expect(thread.receiveBuffer).not.toBe(first)
  })

  test('is not given away for a chunk that leaves most of it unused, unless such memory mostly comes back', () => {
    const { thread } = setUp()
    const first = thread.receiveBuffer
    thread.received(looksLater, 20_000)
    expect(thread.receiveBuffer).toBe(first)
    for (let i = 0; i < 16; i++) thread.received(settles, most(thread))
    thread.received(looksLater, 20_000)
    expect(thread.receiveBuffer).not.toBe(first)
    const second = thread.receiveBuffer
    thread.received(looksLater, 20_000)
    expect(thread.receiveBuffer).toBe(second)
  })
})
