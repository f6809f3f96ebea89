import { afterEach, expect, test } from 'bun:test'
import { createTestScope } from '../../test/support/fake-scope.ts'
import { Activity, activityMemory, stuckSince } from './activity.ts'
import { DispatcherStats } from './dispatcher-stats.ts'
import { LiveDispatcher } from './live-dispatcher.ts'

const live: LiveDispatcher[] = []
afterEach(() => {
  for (const dispatcher of live.splice(0)) dispatcher.close()
})

function watched() {
  const memory = activityMemory(2)
  const dispatcher = new LiveDispatcher('worker_0', new Activity(memory, 1))
  live.push(dispatcher)
  // As another thread sees it.
  return { seen: new Activity(memory, 1), dispatcher }
}

async function endOfTurn(dispatcher: LiveDispatcher): Promise<void> {
  return new Promise((resolve) => dispatcher.post(resolve))
}

test('activity: a thread that sleeps is not stuck, however long', async () => {
  const { seen: thread, dispatcher } = watched()
  await endOfTurn(dispatcher)
  await Bun.sleep(2)
  const before = thread.observe()
  await Bun.sleep(5)
  expect(stuckSince(before, thread.observe())).toBe(false)
})

test('activity: inside one turn, one callback or one timer the thread is stuck, in another one it is not', async () => {
  const { seen: thread, dispatcher } = watched()
  dispatcher.callbackBegins()
  const first = thread.observe()
  expect(stuckSince(first, thread.observe())).toBe(true)
  dispatcher.callbackEnds()
  expect(stuckSince(first, thread.observe())).toBe(false)
  dispatcher.callbackBegins()
  expect(stuckSince(first, thread.observe())).toBe(false)
  dispatcher.callbackEnds()

  void dispatcher.now
  const turn = thread.observe()
  expect(stuckSince(turn, thread.observe())).toBe(true)
  await endOfTurn(dispatcher)
  await Bun.sleep(1)
  expect(stuckSince(turn, thread.observe())).toBe(false)

  const seen: boolean[] = []
  dispatcher.timer(() => seen.push(stuckSince(thread.observe(), thread.observe()))).enable(1)
  await Bun.sleep(10)
  expect(seen).toEqual([true])
})

test('activity: a callback posted by one that was posted is watched too', async () => {
  const { seen: thread, dispatcher } = watched()
  const seen: boolean[] = []
  const look = (): void => void seen.push(stuckSince(thread.observe(), thread.observe()))
  dispatcher.post(() => {
    dispatcher.post(look)
    look()
  })
  await Bun.sleep(5)
  expect(seen).toEqual([true, true])
  expect(stuckSince(thread.observe(), thread.observe())).toBe(false)
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

test('activity: a thread that beats is stuck whenever it does not', () => {
  const activity = new Activity()
  const before = activity.observeBeat()
  expect(stuckSince(before, activity.observeBeat())).toBe(true)
  activity.beat()
  expect(stuckSince(before, activity.observeBeat())).toBe(false)
})

test('activity: places are told by name, at most 63 of them', () => {
  const { seen: thread, dispatcher } = watched()
  expect(thread.lastPlace).toBeUndefined()
  const places = Array.from({ length: 64 }, (_, index) => dispatcher.place(`place ${index}`))
  expect(dispatcher.place('place 0')).toBe(places[0] ?? -1)
  dispatcher.at(places[62] ?? -1)
  expect(thread.lastPlace).toBe('place 62')
  dispatcher.at(places[63] ?? -1)
  expect(thread.lastPlace).toBeUndefined()
})

test('activity: a name is cut where its room ends', () => {
  const { seen: thread, dispatcher } = watched()
  dispatcher.at(dispatcher.place('x'.repeat(80)))
  expect(thread.lastPlace).toBe('x'.repeat(63))
  expect(dispatcher.place('x'.repeat(80))).toBe(1)
})
