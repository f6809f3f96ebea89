import { expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { ScaledTimers } from './scaled-timers.ts'

function timersOf(minimum: ConstructorParameters<typeof ScaledTimers>[0]) {
  const dispatcher = new SimulatedDispatcher()
  const timers = new ScaledTimers(minimum)
  let fired = 0
  const timer = timers.timer('HTTP_DOWNSTREAM_CONNECTION_IDLE', dispatcher, () => fired++)
  return { dispatcher, timers, timer, fired: () => fired }
}

const ABSOLUTE = { HTTP_DOWNSTREAM_CONNECTION_IDLE: { kind: 'absolute', ms: 2000 } } as const
const SCALE = { HTTP_DOWNSTREAM_CONNECTION_IDLE: { kind: 'scale', fraction: 0.1 } } as const

test.each([
  [ABSOLUTE, 1, 10_000],
  [ABSOLUTE, 0.5, 6000],
  [ABSOLUTE, 0, 2000],
  [SCALE, 0.5, 5500],
  [SCALE, 0, 1000],
])('scaled timer: %j with %d of the rest fires after %d ms', (minimum, share, ms) => {
  const { dispatcher, timers, timer, fired } = timersOf(minimum)
  timers.setShare(share)
  timer.enable(10_000)
  dispatcher.advance(ms - 1)
  expect([fired(), timer.enabled]).toEqual([0, true])
  dispatcher.advance(1)
  expect([fired(), timer.enabled, dispatcher.armedTimers]).toEqual([1, false, 0])
})

test('scaled timer: a running one comes earlier when the share falls, and later when it rises', () => {
  const { dispatcher, timers, timer, fired } = timersOf(ABSOLUTE)
  timer.enable(10_000)
  dispatcher.advance(4000)
  timers.setShare(0.5)
  dispatcher.advance(1999)
  expect(fired()).toBe(0)
  timers.setShare(1)
  dispatcher.advance(4000)
  expect(fired()).toBe(0)
  timers.setShare(0)
  dispatcher.advance(1)
  expect(fired()).toBe(1)
})

test('scaled timer: one that was disabled stays so, and a minimum above the time changes nothing', () => {
  const { dispatcher, timers, timer, fired } = timersOf(ABSOLUTE)
  timer.enable(1000)
  timers.setShare(0)
  dispatcher.advance(999)
  expect(fired()).toBe(0)
  timer.disable()
  timers.setShare(0.3)
  expect(dispatcher.armedTimers).toBe(0)
  dispatcher.advance(10_000)
  expect(fired()).toBe(0)
})

test('scaled timer: a kind that is not configured is a plain timer', () => {
  const { dispatcher, timers } = timersOf(ABSOLUTE)
  let fired = 0
  const plain = timers.timer('HTTP_DOWNSTREAM_STREAM_IDLE', dispatcher, () => fired++)
  plain.enable(1000)
  timers.setShare(0)
  dispatcher.advance(999)
  expect(fired).toBe(0)
  dispatcher.advance(1)
  expect(fired).toBe(1)
})
