import { afterEach, expect, test } from 'bun:test'
import { LiveDispatcher } from './live-dispatcher.ts'
import { SimulatedDispatcher } from './simulated-dispatcher.ts'

const live: LiveDispatcher[] = []

function liveDispatcher(): LiveDispatcher {
  const dispatcher = new LiveDispatcher('worker_0')
  live.push(dispatcher)
  return dispatcher
}

afterEach(() => {
  for (const dispatcher of live.splice(0)) dispatcher.close()
})

test('live dispatcher: timers fire in the order of their deadlines, never early, and once', async () => {
  const dispatcher = liveDispatcher()
  const start = performance.now()
  const fired: [string, boolean][] = []
  const timer = (name: string, ms: number) => {
    const made = dispatcher.timer(() => fired.push([name, performance.now() - start >= ms]))
    made.enable(ms)
    return made
  }
  timer('late', 30)
  timer('early', 5)
  const gone = timer('gone', 10)
  timer('now', 0)
  gone.disable()
  expect(gone.enabled).toBe(false)
  await Bun.sleep(50)
  expect(fired).toEqual([
    ['now', true],
    ['early', true],
    ['late', true],
  ])
})

test('live dispatcher: the clock stands still within a turn and moves between turns', async () => {
  const dispatcher = liveDispatcher()
  const before = dispatcher.now
  const until = performance.now() + 3
  while (performance.now() < until);
  expect(dispatcher.now).toBe(before)
  expect(dispatcher.preciseNow()).toBeGreaterThan(before + 2)
  expect(Math.abs(dispatcher.wallNow - Date.now())).toBeLessThan(50)
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  expect(dispatcher.now).toBeGreaterThan(before + 2)
})

test('live dispatcher: posted callbacks run in order at the end of the turn, then deletions', async () => {
  const dispatcher = liveDispatcher()
  const order: string[] = []
  dispatcher.deferredDelete({ destroy: () => order.push('deleted') })
  dispatcher.post(() => {
    order.push('first')
    dispatcher.post(() => order.push('next turn'))
  })
  dispatcher.post(() => order.push('second'))
  expect(order).toEqual([])
  await Bun.sleep(2)
  expect(order).toEqual(['first', 'second', 'deleted', 'next turn'])
})

test('dispatcher: one object of a class per thread', () => {
  class Thing {}
  const dispatcher = liveDispatcher()
  expect(dispatcher.local(Thing)).toBe(dispatcher.local(Thing))
  expect(new SimulatedDispatcher().local(Thing)).not.toBe(dispatcher.local(Thing))
})

test('simulated dispatcher: every timer sees its own time, also one that is armed on the way', () => {
  const dispatcher = new SimulatedDispatcher()
  const start = dispatcher.now
  const wall = dispatcher.wallNow
  const seen: number[] = []
  const second = dispatcher.timer(() => seen.push(dispatcher.now - start))
  const first = dispatcher.timer(() => {
    seen.push(dispatcher.now - start)
    dispatcher.post(() => second.enable(10.5))
  })
  first.enable(15_000)
  dispatcher.advance(14_999.5)
  expect(seen).toEqual([])
  dispatcher.advance(1000)
  expect(seen).toEqual([15_000, 15_010.5])
  expect(dispatcher.now - start).toBe(15_999.5)
  expect(dispatcher.wallNow - wall).toBe(15_999.5)
  expect(dispatcher.armedTimers).toBe(0)
})

test('simulated dispatcher: posted callbacks and deletions wait for the turn to end', () => {
  const dispatcher = new SimulatedDispatcher('worker_1')
  const order: string[] = []
  dispatcher.post(() => {
    order.push('posted')
    dispatcher.deferredDelete({ destroy: () => order.push('deleted') })
  })
  expect(order).toEqual([])
  dispatcher.advance(0)
  expect(order).toEqual(['posted', 'deleted'])
})
