import { expect, test } from 'bun:test'
import { TimerWheel, WheelNode } from './timer-wheel.ts'

/** A seedable source, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 0x8000_0000
    return state / 0x8000_0000
  }
}

test('timer wheel: fires at its tick, not before, whatever the delay', () => {
  for (const delay of [
    1, 2, 31, 32, 33, 1023, 1024, 1025, 32768, 1_000_000, 40_000_000, 3_000_000_000, 50_000_000_000,
  ]) {
    for (const start of [0, 1, 31, 1000, 999_999_999_999]) {
      const wheel = new TimerWheel(start)
      let fired = 0
      wheel.arm(new WheelNode(() => fired++), start + delay)
      wheel.advance(start + delay - 1)
      expect([delay, start, fired]).toEqual([delay, start, 0])
      wheel.advance(start + delay)
      expect([delay, start, fired]).toEqual([delay, start, 1])
      expect(wheel.size).toBe(0)
    }
  }
})

test('timer wheel: agrees with a sorted list over random arming, re-arming and disarming', () => {
  const next = random(7)
  const wheel = new TimerWheel(0)
  const due = new Map<WheelNode, number>()
  let now = 0
  const fired: [number, number][] = []
  const nodes = Array.from({ length: 200 }, () => {
    const node: WheelNode = new WheelNode(() => fired.push([now, due.get(node)!]))
    return node
  })
  for (let step = 0; step < 5000; step++) {
    const node = nodes[Math.floor(next() * nodes.length)]!
    if (next() < 0.3) {
      wheel.disarm(node)
      due.delete(node)
    } else {
      const deadline = now + 1 + Math.floor(next() ** 6 * 100_000)
      wheel.arm(node, deadline)
      due.set(node, deadline)
    }
    now += Math.floor(next() ** 4 * 300)
    const expected = [...due].filter(([, deadline]) => deadline <= now)
    wheel.advance(now)
    expect(fired.map(([, deadline]) => deadline)).toEqual(
      expected.map(([, deadline]) => deadline).toSorted((a, b) => a - b),
    )
    fired.length = 0
    for (const [each] of expected) due.delete(each)
    expect(wheel.size).toBe(due.size)
  }
})

test('timer wheel: ten thousand long timers mean few wake-ups', () => {
  const wheel = new TimerWheel(0)
  for (let i = 0; i < 10_000; i++) wheel.arm(new WheelNode(() => {}), 3_600_000 + i)
  let wakeUps = 0
  for (let next = wheel.nextTick()!; next < 3_500_000; next = wheel.nextTick()!) {
    wheel.advance(next)
    wakeUps++
  }
  expect(wakeUps).toBeLessThan(60)
})

test('timer wheel: one long timer means one wake-up, at its deadline', () => {
  for (const delay of [5, 40, 2000, 70_000, 3_600_000, 50_000_000_000]) {
    const wheel = new TimerWheel(1017)
    let fired = 0
    wheel.arm(new WheelNode(() => fired++), 1017 + delay)
    const wake = wheel.nextWake()!
    wheel.advance(wake)
    // The longest delay is beyond what the wheel spans.
    if (delay < 32 ** 7) expect([wake, fired]).toEqual([1017 + delay, 1])
    else expect([wake <= 1017 + delay, fired]).toEqual([true, 0])
  }
})

test('timer wheel: who advances at each wake-up is never late, whatever was put off', () => {
  const next = random(11)
  const wheel = new TimerWheel(0)
  const due = new Map<WheelNode, number>()
  let now = 0
  const fired: [number, number][] = []
  const nodes = Array.from({ length: 40 }, () => {
    const node: WheelNode = new WheelNode(() => {
      fired.push([now, due.get(node)!])
      due.delete(node)
    })
    return node
  })
  for (let step = 0; step < 20_000; step++) {
    const node = nodes[Math.floor(next() * nodes.length)]!
    const deadline = now + 1 + Math.floor(next() ** 6 * 100_000)
    wheel.arm(node, deadline)
    due.set(node, deadline)
    // Whole stretches without a wake-up, in which the wheel is not told the time.
    now = Math.min(wheel.nextWake()!, now + Math.floor(next() ** 4 * 3000))
    if (now === wheel.nextWake()) wheel.advance(now)
    expect(Math.min(...due.values(), Infinity)).toBeGreaterThan(now - 1)
  }
  expect(fired.length).toBeGreaterThan(1000)
  for (const [at, deadline] of fired) expect(at).toBe(deadline)
})

test('timer wheel: a callback may disarm what is due with it', () => {
  const wheel = new TimerWheel(0)
  const order: string[] = []
  const victim = new WheelNode(() => order.push('victim'))
  wheel.arm(new WheelNode(() => wheel.disarm(victim)), 5000)
  wheel.arm(victim, 5000)
  wheel.advance(5000)
  expect(order).toEqual([])
  expect(victim.armed).toBe(false)
  expect(wheel.size).toBe(0)
})

test('timer wheel: a callback that arms itself for now ends in the next tick', () => {
  const wheel = new TimerWheel(0)
  let count = 0
  const node: WheelNode = new WheelNode(() => {
    count++
    wheel.arm(node, 1)
  })
  wheel.arm(node, 1)
  wheel.advance(1)
  expect(count).toBe(1)
  wheel.advance(2)
  expect(count).toBe(2)
})
