import { expect, test } from 'bun:test'
import { allowCpus, allowedCpus, countCpus, maskOf } from '../../platform/cpu-affinity.ts'
import { threadId } from '../../platform/thread-id.ts'
import { systemScheduling } from './thread-scheduling.ts'

const ONE_CPU = countCpus(allowedCpus(threadId())!) === 1

test.skipIf(ONE_CPU)('systemScheduling: keeps a thread on a CPU and lets it go (needs a choice of CPUs)', () => {
  const own = threadId()
  const before = allowedCpus(own)!
  const scheduling = systemScheduling(() => before)!
  const cpu = scheduling.lastCpu(own)!
  expect(scheduling.threadIds()).toContain(own)
  expect(scheduling.keepOn(own, cpu)).toBeTrue()
  const kept = allowedCpus(own)!
  scheduling.keepOn(own, undefined)
  expect(countCpus(kept)).toBe(1)
  expect(kept[cpu >> 3]! & before[cpu >> 3]!).toBe(1 << (cpu & 7))
  expect(allowedCpus(own)).toEqual(before)
})

test.skipIf(ONE_CPU)(
  'systemScheduling: a thread that is let go may run where the process may by then (needs a choice of CPUs)',
  () => {
    const own = threadId()
    const before = allowedCpus(own)!
    let now = before
    const scheduling = systemScheduling(() => now)!
    const cpu = scheduling.lastCpu(own)!
    now = maskOf(cpu)
    scheduling.keepOn(own, undefined)
    const after = allowedCpus(own)!
    allowCpus(own, before)
    expect(after).toEqual(maskOf(cpu))
  },
)

test.skipIf(ONE_CPU)(
  'systemScheduling: times grow, and of a thread that is not there nothing is known (needs a choice of CPUs)',
  () => {
    const scheduling = systemScheduling()!
    expect(scheduling.times(threadId())!.slices).toBeGreaterThan(0)
    expect(scheduling.isReady(threadId())).toBeTrue()
    expect(scheduling.isReady(2 ** 30)).toBeFalse()
    expect(scheduling.times(2 ** 30)).toBeUndefined()
    expect(scheduling.lastCpu(2 ** 30)).toBeUndefined()
    expect(scheduling.keepOn(2 ** 30, 0)).toBeFalse()
  },
)
