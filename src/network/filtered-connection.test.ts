import { expect, test } from 'bun:test'
import type { FilterStatus, ReadFilter } from '../api/network.ts'
import { ByteQueue } from '../base/byte-queue.ts'
import { lentBytes } from '../base/lent-bytes.ts'
import type { Dispatcher } from '../api/event.ts'
import type { SocketInfo } from './connection-info.ts'
import { FilteredConnection } from './filtered-connection.ts'

/** What a socket does, done by the test. */
class Filtered extends FilteredConnection {
  canDeliver = true
  declare readonly dispatcher: Dispatcher

  constructor() {
    super(1, {} as SocketInfo, 0)
  }

  read(data: ByteQueue, end: boolean): void {
    this.readThroughFilters(data, end)
  }

  continueReading(after: ReadFilter, data: ByteQueue, end: boolean): void {
    this.readBehind(after, data, end)
  }

  write(data: ByteQueue, end: boolean): boolean {
    return this.writeThroughFilters(data, end)
  }

  shutDown(): boolean {
    return this.shutDownFilters()
  }
}

function bytes(text: string): ByteQueue {
  const queue = new ByteQueue()
  queue.push(Buffer.from(text))
  return queue
}

test('network filters: filters hear of the connection in order, a stop holds the next ones back', () => {
  const log: string[] = []
  const status: Record<string, FilterStatus> = {
    'new a': 'continue',
    'new b': 'stop',
    'data a': 'continue',
    'data b': 'stop',
  }
  const step = (name: string) => {
    log.push(name)
    return status[name] ?? 'continue'
  }
  const filter = (name: string): ReadFilter => ({
    onNewConnection: () => step(`new ${name}`),
    onData: () => step(`data ${name}`),
  })
  const manager = new Filtered()
  const [a, b, c] = [filter('a'), filter('b'), filter('c')]
  for (const each of [a, b, c]) manager.addReadFilter(each)
  manager.read(new ByteQueue(), false)
  expect(log.splice(0)).toEqual(['new a', 'new b'])
  manager.read(bytes('x'), false)
  expect(log.splice(0)).toEqual(['data a', 'data b'])
  manager.continueReading(b, bytes('x'), false)
  expect(log.splice(0)).toEqual(['new c', 'data c'])
  status['data b'] = 'continue'
  manager.read(new ByteQueue(), true)
  expect(log.splice(0)).toEqual(['data a', 'data b', 'data c'])
})

test('network filters: nothing is delivered once the connection is closed on the way', () => {
  const manager = new Filtered()
  let reached = false
  manager.addReadFilter({
    onNewConnection: () => 'continue',
    onData() {
      manager.canDeliver = false
      return 'continue'
    },
  })
  manager.addReadFilter({
    onNewConnection: () => 'continue',
    onData() {
      reached = true
      return 'continue'
    },
  })
  manager.read(bytes('x'), false)
  expect(reached).toBe(false)
})

test('network filters: write filters run from the last added to the first, and may keep the bytes', () => {
  const manager = new Filtered()
  const log: string[] = []
  let first: FilterStatus = 'continue'
  manager.addWriteFilter({
    onWrite() {
      log.push('first added')
      return first
    },
  })
  manager.addWriteFilter({
    onWrite() {
      log.push('last added')
      return 'continue'
    },
  })
  expect(manager.write(bytes('x'), false)).toBe(true)
  expect(log).toEqual(['last added', 'first added'])
  first = 'stop'
  expect(manager.write(bytes('x'), false)).toBe(false)
})

test('network filters: a shutdown is told to those who have a word on it', () => {
  const manager = new Filtered()
  manager.addReadFilter({ onNewConnection: () => 'continue', onData: () => 'stop' })
  expect(manager.shutDown()).toBe(false)
  let told = 0
  manager.addReadFilter({ onNewConnection: () => 'continue', onData: () => 'stop', onShutdown: () => told++ })
  expect(manager.shutDown()).toBe(true)
  expect(told).toBe(1)
})

test.each([
  ['all say that they keep nothing', [true, true], true],
  ['one does not say so', [true, undefined], false],
  ['there is a write filter', [true], false],
] as const)('memory that bytes came in goes back: %s', (_, promises, returns) => {
  const manager = new Filtered()
  for (const keepsNoData of promises) {
    const passes: FilterStatus = 'continue'
    manager.addReadFilter({ ...(keepsNoData && { keepsNoData }), onNewConnection: () => passes, onData: () => passes })
  }
  const chunk = Buffer.from('x')
  lentBytes.lend(chunk)
  const data = new ByteQueue()
  data.push(chunk)
  manager.read(data, false)
  if (promises.length === 1) manager.write(data, false)
  lentBytes.settle(chunk, 1)
  expect(lentBytes.takeBack()).toBe(returns)
})
