import { afterEach, expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import { activityMemory, activityWords, observe, stuckSince } from './activity.ts'
import { DispatcherStats } from './dispatcher-stats.ts'
import { LiveDispatcher } from './live-dispatcher.ts'

const live: LiveDispatcher[] = []
afterEach(() => {
  for (const dispatcher of live.splice(0)) dispatcher.close()
})

function watched() {
  const words = activityWords(activityMemory(2), 1)
  const dispatcher = new LiveDispatcher('worker_0', words)
  live.push(dispatcher)
  return { words, dispatcher }
}

async function endOfTurn(dispatcher: LiveDispatcher): Promise<void> {
  return new Promise((resolve) => dispatcher.post(resolve))
}

test('activity: a thread that sleeps is not stuck, however long', async () => {
  const { words, dispatcher } = watched()
  await endOfTurn(dispatcher)
  await Bun.sleep(2)
  const before = observe(words)
  await Bun.sleep(5)
  expect(stuckSince(before, observe(words))).toBe(false)
})

test('activity: inside one turn, one callback or one timer the thread is stuck, in another one it is not', async () => {
  const { words, dispatcher } = watched()
  dispatcher.callbackBegins()
  const first = observe(words)
  expect(stuckSince(first, observe(words))).toBe(true)
  dispatcher.callbackEnds()
  expect(stuckSince(first, observe(words))).toBe(false)
  dispatcher.callbackBegins()
  expect(stuckSince(first, observe(words))).toBe(false)
  dispatcher.callbackEnds()

  void dispatcher.now
  const turn = observe(words)
  expect(stuckSince(turn, observe(words))).toBe(true)
  await endOfTurn(dispatcher)
  await Bun.sleep(1)
  expect(stuckSince(turn, observe(words))).toBe(false)

  const seen: boolean[] = []
  dispatcher.timer(() => seen.push(stuckSince(observe(words), observe(words)))).enable(1)
  await Bun.sleep(10)
  expect(seen).toEqual([true])
})

test('activity: a callback posted by one that was posted is watched too', async () => {
  const { words, dispatcher } = watched()
  const seen: boolean[] = []
  const look = (): void => void seen.push(stuckSince(observe(words), observe(words)))
  dispatcher.post(() => {
    dispatcher.post(look)
    look()
  })
  await Bun.sleep(5)
  expect(seen).toEqual([true, true])
  expect(stuckSince(observe(words), observe(words))).toBe(false)
})

test('dispatcher stats: one duration a turn, a delay when an alarm went off, nothing before they are asked for', async () => {
  const { dispatcher } = watched()
  const scope = createTestScope()
  await endOfTurn(dispatcher)
  dispatcher.measure(new DispatcherStats(scope.scope, 'listener_manager.worker_0.'))
  const [duration, delay] = ['loop_duration_us', 'poll_delay_us'].map(
    (n) => `listener_manager.worker_0.dispatcher.${n}`,
  )
  for (let turn = 0; turn < 3; turn++) {
    dispatcher.callbackBegins()
    dispatcher.callbackEnds()
    await Bun.sleep(1)
  }
  expect(scope.samples(duration ?? '')).toBe(3)
  expect(scope.samples(delay ?? '')).toBe(0)
  dispatcher.timer(() => undefined).enable(2)
  await Bun.sleep(10)
  // The wheel may ask for an alarm before the one that the timer is due at.
  expect(scope.samples(delay ?? '')).toBeGreaterThanOrEqual(1)
})
