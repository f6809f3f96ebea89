import { describe, expect, test } from 'bun:test'
import { AfterBurst } from './after-burst.ts'
import { SimulatedDispatcher } from './simulated-dispatcher.ts'

function burst(): { dispatcher: SimulatedDispatcher; events(count: number): void; acted(): number } {
  const dispatcher = new SimulatedDispatcher()
  let acted = 0
  const after = new AfterBurst(dispatcher, { quietMs: 200, atLeast: 3 }, () => acted++)
  return {
    dispatcher,
    events: (count) => {
      for (let i = 0; i < count; i++) after.event()
    },
    acted: () => acted,
  }
}

describe('AfterBurst', () => {
  test('acts once, when nothing has come for a while', () => {
    const { dispatcher, events, acted } = burst()
    events(3)
    dispatcher.advance(150)
    events(1)
    dispatcher.advance(150)
    events(1)
    dispatcher.advance(150)
    expect(acted()).toBe(0)
    dispatcher.advance(400)
    expect(acted()).toBe(1)
    dispatcher.advance(10_000)
    expect(acted()).toBe(1)
  })

  test('leaves small bursts alone, and does not add them up', () => {
    const { dispatcher, events, acted } = burst()
    for (let i = 0; i < 5; i++) {
      events(2)
      dispatcher.advance(1000)
    }
    expect(acted()).toBe(0)
  })

  test('sleeps between bursts', () => {
    const { dispatcher, events, acted } = burst()
    events(3)
    dispatcher.advance(1000)
    events(3)
    dispatcher.advance(1000)
    expect(acted()).toBe(2)
  })
})
