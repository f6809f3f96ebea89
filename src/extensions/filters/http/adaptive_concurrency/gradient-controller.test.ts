import { expect, test } from 'bun:test'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../../base/shared-states.ts'
import { SimulatedDispatcher } from '../../../../event/simulated-dispatcher.ts'
import { CountingScope } from '../../../../http/testing/counting-scope.ts'
import { runtimeFromValues } from '../../../../runtime/runtime-from-values.ts'
import type { GradientConfig } from './config.ts'
import { GradientController } from './gradient-controller.ts'
import { GradientSettings } from './gradient-settings.ts'
import { createGradientStats, GAUGES } from './stats.ts'

const CONFIG: GradientConfig = {
  percentile: 50,
  maxLimit: 10,
  minLimit: undefined,
  updateIntervalMs: 100,
  fixedMinRttUs: undefined,
  measuringIntervalMs: 1000,
  jitter: 0,
  requestCount: 2,
  concurrency: 2,
  buffer: 25,
}

function threads(config: GradientConfig = CONFIG, values: Readonly<Record<string, unknown>> = {}) {
  const scope = new CountingScope()
  const dispatcher = new SimulatedDispatcher()
  const buffer = createSharedStatesBuffer(0, 2048)
  const make = (): GradientController => {
    const states = new ThreadSharedStates(buffer)
    return new GradientController({
      settings: new GradientSettings(config, { current: runtimeFromValues(JSON.stringify(values)) }),
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
  const { one, dispatcher, stat } = threads({ ...CONFIG, measuringIntervalMs: 1e9 })
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
  dispatcher.advance(1)
  expect(stat('min_rtt_calculation_active')).toBe(1)
})

test('a measurement begins when it is due, whether requests come or not', () => {
  const { one, dispatcher, stat } = threads()
  for (let i = 0; i < 2; i++) {
    one.admits()
    one.record(one.seconds, 1000)
  }
  dispatcher.advance(999)
  expect(stat('min_rtt_calculation_active')).toBe(0)
  dispatcher.advance(2)
  expect([stat('min_rtt_calculation_active'), stat('concurrency_limit')]).toEqual([1, 2])
})

test('the runtime says otherwise, but not of a lowest limit that nobody configured', () => {
  const key = 'adaptive_concurrency.gradient_controller.'
  const values = {
    [`${key}min_concurrency`]: 4,
    [`${key}min_concurrency_limit`]: 6,
    [`${key}min_rtt_aggregate_request_count`]: 1,
    [`${key}max_concurrency_limit`]: 5,
  }
  const { one, dispatcher, stat } = threads(CONFIG, values)
  expect(stat('concurrency_limit')).toBe(4)
  for (let i = 0; i < 2; i++) {
    one.admits()
    one.record(one.seconds, 1000)
    dispatcher.advance(100)
  }
  expect(stat('concurrency_limit')).toBe(5)
  expect(threads({ ...CONFIG, fixedMinRttUs: 1000, minLimit: 2 }, values).stat('concurrency_limit')).toBe(6)
})
