import { expect, test } from 'bun:test'
import { coresOf, hostTimes, hostTimesOf } from './cpu-times.ts'
import { CpuUtilization } from './cpu-utilization.ts'

test('cpu: the line of all processors says who worked and who idled', () => {
  expect(hostTimesOf('cpu  10 2 3 85 7 0 0\ncpu0 1 1 1 1\n')).toEqual({ work: 15, total: 100 })
  expect(hostTimesOf('nothing')).toBeUndefined()
  expect(hostTimes()?.total).toBeGreaterThan(0)
})

test.each([
  ['200000 100000', '0-3', 2],
  ['max 100000', '0-3,6', 5],
  ['50000 100000', undefined, 0.5],
  [undefined, '0', 1],
  ['max', undefined, undefined],
])('cpu: a quota of %j and the processors %j are %p cores', (max, list, cores) => {
  expect(coresOf(max, list)).toBe(cores as number)
})

test('cpu: the newest reading counts for a twentieth', () => {
  const utilization = new CpuUtilization({ work: 0, total: 0 })
  expect(utilization.update({ work: 100, total: 100 })).toEqual({ ok: true, pressure: 0.05 })
  expect(utilization.update({ work: 100, total: 200 })).toEqual({ ok: true, pressure: 0.05 * 0.95 })
})

test('cpu: readings that cannot be are failures', () => {
  const utilization = new CpuUtilization({ work: 10, total: 10 })
  expect(utilization.update(undefined).ok).toBe(false)
  expect(utilization.update({ work: 10, total: 10 })).toEqual({
    ok: false,
    error:
      "Erroneous CPU stats calculation. Work_over_period='0' cannot be a negative number and total_over_period='0' must be a positive number.",
  })
})
