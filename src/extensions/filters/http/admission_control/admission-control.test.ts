import { describe, expect, test } from 'bun:test'
import type { FilterSetup } from '../../../../../test/support/filter-harness.ts'
import { FilterHarness } from '../../../../../test/support/filter-harness.ts'
import { httpFilterConformance } from '../../../../../test/support/http-filter-conformance.ts'
import { extension } from './extension.ts'

const ranges = (list: string): string => `success_criteria: {http_criteria: {http_success_status: [${list}]}}`

httpFilterConformance(extension, {
  good: [
    'success_criteria: {}',
    `{${ranges('{start: 200, end: 300}')}, sampling_window: 5s, aggression: {default_value: 2, runtime_key: a}, rps_threshold: {default_value: 3, runtime_key: r}, sr_threshold: {default_value: {value: 50}, runtime_key: s}, max_rejection_probability: {default_value: {value: 10}, runtime_key: m}}`,
    'success_criteria: {grpc_criteria: {grpc_success_status: [0, 16]}}',
  ],
  bad: [
    ['{}', 'evaluation_criteria'],
    [ranges('{start: 99, end: 200}'), 'invalid HTTP range: [99, 200)'],
    [ranges('{start: 300, end: 200}'), 'invalid HTTP range: [300, 200)'],
    ['success_criteria: {grpc_criteria: {grpc_success_status: [17]}}', 'invalid gRPC code 17'],
    ['{success_criteria: {}, sr_threshold: {default_value: {value: 0.5}}}', 'cannot be less than 1.0%'],
  ],
  transparent: 'success_criteria: {}',
})

/** Of ten thousand, what each throw of the dice gives. */
function controlled(fields: string, dice: number, setup: FilterSetup = {}): FilterHarness<unknown> {
  const random = { u32: () => dice, float: () => 0, uuid: () => '' }
  return new FilterHarness(extension, { config: `{${fields}}`, context: { random }, ...setup })
}

function ask(filter: FilterHarness<unknown>, status: number, times = 1, fields: readonly string[] = []): string[] {
  return Array.from({ length: times }, () => {
    filter.send('GET /')
    const before = filter.logged.length
    if (filter.reached) filter.respond(status, fields)
    filter.written()
    return filter.logged[before]?.details ?? filter.logged.at(-1)!.details
  })
}

const stat = (filter: FilterHarness<unknown>, name: string): number | undefined =>
  filter.stat(`admission_control.${name}`)

describe('admission control', () => {
  test('rejects by the share of failures', () => {
    // After n failures the probability is n / (n + 1): 0.8 after four, which is the most.
    const filter = controlled('success_criteria: {}', 7999)
    expect(ask(filter, 503, 5)).toEqual([
      'via_upstream',
      'via_upstream',
      'via_upstream',
      'via_upstream',
      'denied_by_admission_control',
    ])
    expect(['rq_rejected', 'rq_failure', 'rq_success'].map((name) => stat(filter, name))).toEqual([1, 4, 0])
    expect(filter.logged.at(-1)).toMatchObject({ code: 503, flags: '-' })
  })

  test('never more than the greatest probability', () => {
    const filter = controlled('success_criteria: {}', 8000)
    ask(filter, 503, 50)
    expect(stat(filter, 'rq_rejected')).toBe(0)
  })

  test('lets successes count for it, and forgets what is older than the window', () => {
    const filter = controlled('success_criteria: {}, sampling_window: 10s', 0)
    ask(filter, 200, 40)
    ask(filter, 503, 2)
    expect(stat(filter, 'rq_rejected')).toBe(0)
    ask(filter, 503, 5)
    expect(stat(filter, 'rq_rejected')).toBeGreaterThan(0)
    filter.advance(10_000)
    expect(ask(filter, 200)).toEqual(['via_upstream'])
  })

  test('aggression raises the probability; few requests are let through', () => {
    const eager = controlled('success_criteria: {}, aggression: {default_value: 2}', 7000)
    expect(ask(eager, 503, 2).at(-1)).toBe('denied_by_admission_control')
    // Over the whole window, however young it is.
    const calm = controlled('success_criteria: {}, rps_threshold: {default_value: 5}, sampling_window: 2s', 0)
    ask(calm, 503, 10)
    expect(stat(calm, 'rq_rejected')).toBe(0)
    ask(calm, 503)
    expect(stat(calm, 'rq_rejected')).toBe(1)
  })

  test('what a success is, is configured', () => {
    const filter = controlled(ranges('{start: 404, end: 405}'), 9999)
    ask(filter, 404)
    ask(filter, 200)
    expect([stat(filter, 'rq_success'), stat(filter, 'rq_failure')]).toEqual([1, 1])
  })

  test('gRPC tells by its status, in headers or trailers', () => {
    const filter = controlled('success_criteria: {}', 9999)
    ask(filter, 200, 1, ['grpc-status: 14'])
    ask(filter, 200, 1, ['grpc-status: 5'])
    filter.send('POST /').respond(200, ['content-type: application/grpc'], 'x', ['grpc-status: 13'])
    filter.written()
    expect([stat(filter, 'rq_success'), stat(filter, 'rq_failure')]).toEqual([1, 2])
  })

  test('a client that leaves says nothing; the runtime switches all off', () => {
    const filter = controlled('success_criteria: {}', 9999)
    filter.send('GET /').disconnect()
    expect(stat(filter, 'rq_failure')).toBe(0)
    const off = controlled('success_criteria: {}, enabled: {default_value: true, runtime_key: k}', 0, {
      runtime: { k: false },
    })
    ask(off, 503, 5)
    expect([stat(off, 'rq_rejected'), stat(off, 'rq_failure')]).toEqual([0, 0])
  })
})
