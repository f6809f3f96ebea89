import { describe, expect, test } from 'bun:test'
import { SimulatedDispatcher } from '../event/simulated-dispatcher.ts'
import { DrainState } from './drain-state.ts'

function state(type: 'DEFAULT' | 'MODIFY_ONLY' = 'DEFAULT', strategy: 'gradual' | 'immediate' = 'gradual') {
  const dispatcher = new SimulatedDispatcher()
  const health = { failed: false }
  let random = 0
  const drain = new DrainState({ dispatcher, health, random: () => random, drainTimeS: 12, strategy }, type)
  /** How many of a hundred connections would close now. */
  const closing = (what: 'drainClose' | 'rawDrainClose' = 'drainClose'): number => {
    let count = 0
    for (let i = 0; i < 100; i++) {
      random = i / 100
      if (drain[what]) count++
    }
    return count
  }
  return { dispatcher, health, drain, closing }
}

describe('drain state', () => {
  test('gradual: nothing in the first second, everything from half of the drain time on', () => {
    const { dispatcher, drain, closing } = state()
    expect(closing()).toBe(0)
    expect([drain.start(), drain.start(), drain.draining]).toEqual([true, false, true])
    const shares: number[] = []
    for (let second = 0; second <= 7; second++) {
      shares.push(closing())
      dispatcher.advance(1000)
    }
    expect(shares).toEqual([0, 17, 34, 50, 67, 84, 100, 100])
  })

  test('gradual, without responses: everything at the end of the drain time', () => {
    const { dispatcher, drain, closing } = state()
    drain.start()
    const shares: number[] = []
    for (let second = 0; second <= 12; second += 3) {
      shares.push(closing('rawDrainClose'))
      dispatcher.advance(3000)
    }
    expect(shares).toEqual([0, 25, 50, 75, 100])
  })

  test('immediate: everything at once', () => {
    const { drain, closing } = state('DEFAULT', 'immediate')
    drain.start()
    expect([closing(), closing('rawDrainClose')]).toEqual([100, 100])
  })

  test('a failed health check closes at once and can be taken back, but for MODIFY_ONLY', () => {
    const usual = state()
    usual.health.failed = true
    expect(usual.closing()).toBe(100)
    usual.health.failed = false
    expect(usual.closing()).toBe(0)
    const modifyOnly = state('MODIFY_ONLY')
    modifyOnly.health.failed = true
    expect(modifyOnly.closing()).toBe(0)
    modifyOnly.drain.start()
    modifyOnly.dispatcher.advance(6000)
    expect(modifyOnly.closing()).toBe(100)
  })
})
