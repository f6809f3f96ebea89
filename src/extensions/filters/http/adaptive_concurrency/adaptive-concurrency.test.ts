import { describe, expect, test } from 'bun:test'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../../../base/shared-states.ts'
import { extension } from './extension.ts'
import { HISTOGRAM_LENGTH, LatencyHistogram } from './latency-histogram.ts'

const UPDATE = 'concurrency_limit_params: {concurrency_update_interval: 0.1s}'

function gradient(rtt: string, update = UPDATE): string {
  return `gradient_controller_config: {${update}, min_rtt_calc_params: {${rtt}}}`
}

httpFilterConformance(extension, {
  good: [
    gradient('interval: 30s'),
    gradient('fixed_value: 0.1s'),
    gradient('interval: 30s, fixed_value: 0.1s'),
    `{${gradient('interval: 30s, jitter: {value: 0}, buffer: {value: 10}, request_count: 1, min_concurrency: 1')}, concurrency_limit_exceeded_status: {code: TooManyRequests}, enabled: {default_value: true, runtime_key: k}}`,
  ],
  bad: [
    ['{}', 'concurrency_controller_config'],
    [gradient('jitter: {value: 1}'), 'neither `concurrency_update_interval` nor `fixed_value` set'],
    [gradient('interval: 30s', 'concurrency_limit_params: {}'), 'concurrency_update_interval'],
  ],
  stateGauges: /gradient_controller/,
  transparent: gradient(
    'fixed_value: 1s',
    'concurrency_limit_params: {concurrency_update_interval: 1s, min_concurrency_limit: 100}',
  ),
})

function controlled(fields: string, runtime: Readonly<Record<string, unknown>> = {}): FilterHarness<unknown> {
  return new FilterHarness(extension, { config: `{${fields}}`, runtime })
}

/** A request that the upstream takes so long for. */
function exchange(filter: FilterHarness<unknown>, ms: number): number {
  filter.send('GET /')
  if (filter.reached) filter.advance(ms).respond(200)
  return filter.reply().status
}

const gauge = (filter: FilterHarness<unknown>, name: string): number | undefined =>
  filter.stat(`adaptive_concurrency.gradient_controller.${name}`)

describe('adaptive concurrency', () => {
  test('measures the best latency, then follows the gradient', () => {
    const filter = controlled(gradient('interval: 30s, request_count: 2, jitter: {value: 0}'))
    expect([gauge(filter, 'concurrency_limit'), gauge(filter, 'min_rtt_calculation_active')]).toEqual([3, 1])
    exchange(filter, 10)
    exchange(filter, 10)
    expect([gauge(filter, 'min_rtt_msecs'), gauge(filter, 'min_rtt_calculation_active')]).toEqual([10, 0])
    // As quick as can be: 1.25 times three, and the root of it.
    exchange(filter, 10)
    filter.advance(100)
    expect(gauge(filter, 'concurrency_limit')).toBe(5)
    expect(gauge(filter, 'gradient')).toBeCloseTo(1240, -2)
    // Twice as slow.
    exchange(filter, 20)
    filter.advance(100)
    expect(gauge(filter, 'gradient')).toBeLessThan(700)
    expect(gauge(filter, 'sample_rtt_msecs')).toBe(20)
    // Time to measure again.
    filter.advance(30_000)
    exchange(filter, 5)
    expect([gauge(filter, 'concurrency_limit'), gauge(filter, 'min_rtt_calculation_active')]).toEqual([3, 1])
    exchange(filter, 5)
    expect(gauge(filter, 'min_rtt_msecs')).toBe(5)
  })

  test('a fixed best latency, and limits of the limit', () => {
    const limits =
      'concurrency_limit_params: {concurrency_update_interval: 0.1s, min_concurrency_limit: 7, max_concurrency_limit: 20}'
    const filter = controlled(gradient('fixed_value: 0.05s', limits))
    expect([gauge(filter, 'concurrency_limit'), gauge(filter, 'min_rtt_msecs')]).toEqual([7, 50])
    for (let i = 0; i < 3; i++) {
      exchange(filter, 1)
      filter.advance(100)
    }
    expect(gauge(filter, 'concurrency_limit')).toBe(20)
    for (let i = 0; i < 5; i++) {
      exchange(filter, 1000)
      filter.advance(100)
    }
    expect(gauge(filter, 'concurrency_limit')).toBe(7)
  })

  test('who is too many is refused; who goes away makes room', () => {
    const limits = 'concurrency_limit_params: {concurrency_update_interval: 0.1s, min_concurrency_limit: 1}'
    const fields = `${gradient('fixed_value: 1s', limits)}, concurrency_limit_exceeded_status: {code: TooManyRequests}`
    // Two connections, one controller.
    const context = { shared: new ThreadSharedStates(createSharedStatesBuffer(0, 2048)) }
    const [one, other] = [0, 1].map(() => new FilterHarness(extension, { config: `{${fields}}`, context })) as [
      FilterHarness<unknown>,
      FilterHarness<unknown>,
    ]
    one.send('GET /one')
    expect(one.reached).toBeTrue()
    expect(other.send('GET /').reply()).toMatchObject({ status: 429, body: 'reached concurrency limit' })
    expect(other.logged[0]).toMatchObject({ flags: '-', details: 'reached_concurrency_limit' })
    expect(gauge(other, 'rq_blocked')).toBe(1)
    one.disconnect()
    expect(other.send('GET /').reached).toBeTrue()
  })

  test('the runtime switches it off', () => {
    const limits = 'concurrency_limit_params: {concurrency_update_interval: 0.1s, min_concurrency_limit: 1}'
    const fields = `${gradient('fixed_value: 1s', limits)}, enabled: {default_value: true, runtime_key: k}`
    const filter = controlled(fields, { k: false })
    for (let i = 0; i < 3; i++) {
      exchange(filter, 1)
      filter.advance(100)
    }
    expect(gauge(filter, 'concurrency_limit')).toBe(1)
  })
})

describe('latency histogram', () => {
  const histogram = (...values: readonly number[]): LatencyHistogram => {
    const made = new LatencyHistogram(new Float64Array(HISTOGRAM_LENGTH))
    for (const value of values) made.add(value)
    return made
  }

  test('tells quantiles within a bin', () => {
    expect(histogram(10_000).quantile(0.5)).toBe(10_500)
    expect(histogram(100, 200, 300).quantile(0.5)).toBe(205)
    expect(histogram(100, 200, 300).quantile(1)).toBe(305)
    expect(histogram(100, 200, 300).quantile(0)).toBe(105)
    expect(histogram(0.5).quantile(0.5)).toBe(0)
    expect(histogram(5e10).quantile(0.5)).toBeGreaterThan(9e9)
    expect(histogram().count).toBe(0)
  })
})
