import { expect, test } from 'bun:test'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../../base/shared-states.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { CountingScope } from '../../../../http/testing/counting-scope.ts'
import type { GradientConfig } from './config.ts'
import { GradientController } from './gradient-controller.ts'
import { createGradientStats, GAUGES } from './stats.ts'

const CONFIG: GradientConfig = {
  percentile: 0.5,
  maxLimit: 10,
  minLimit: 2,
  updateIntervalMs: 100,
  minRtt: { kind: 'measured', intervalMs: 1000, jitter: 0, requestCount: 2, concurrency: 2 },
  buffer: 0.25,
}

function threads(config: GradientConfig = CONFIG) {
  const scope = new CountingScope()
  const dispatcher = new SimulatedDispatcher()
  const buffer = createSharedStatesBuffer(0, 2048)
  const make = (): GradientController => {
    const states = new ThreadSharedStates(buffer)
    return new GradientController({
      config,
      states,
      shown: states.claim('shown', GAUGES.length).floats,
      dispatcher,
      random: { u32: () => 0, float: () => 0, uuid: () => '' },
      stats: createGradientStats(scope),
    })
  }
  const stat = (name: string) => scope.valueOf(`adaptive_concurrency.gradient_controller.${name}`)
  return { one: make(), other: make(), dispatcher, stat }
}

test('threads count together, and show one limit together', () => {
  const { one, other, stat } = threads()
  expect([one.admits(), other.admits(), one.admits(), other.admits()]).toEqual([true, true, false, false])
  expect([stat('rq_blocked'), stat('concurrency_limit')]).toEqual([2, 2])
  one.cancel()
  expect([other.admits(), one.admits()]).toEqual([true, false])
})

test('what was under way before a measurement does not count for it', () => {
  const { one, dispatcher, stat } = threads()
  dispatcher.advance(10)
  one.admits()
  one.record(-1, 5000)
  one.admits()
  one.record(one.seconds, 3000)
  expect(stat('min_rtt_calculation_active')).toBe(1)
  one.admits()
  one.record(one.seconds, 3000)
  expect([stat('min_rtt_calculation_active'), stat('min_rtt_msecs')]).toEqual([0, 3])
})

test('the lowest limit five times in a row asks for a new measurement', () => {
  const { one, dispatcher, stat } = threads({ ...CONFIG, minRtt: { ...CONFIG.minRtt, intervalMs: 1e9 } as never })
  const request = (us: number): void => {
    expect(one.admits()).toBeTrue()
    one.record(one.seconds, us)
  }
  request(1000)
  request(1000)
  for (let i = 0; i < 5; i++) {
    request(900_000)
    dispatcher.advance(100)
  }
  request(900_000)
  expect(stat('min_rtt_calculation_active')).toBe(1)
})
