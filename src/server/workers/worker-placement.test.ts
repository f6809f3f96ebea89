import { describe, expect, test } from 'bun:test'
import { keptLogger } from '../../../test/support/kept-logger.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import type { ThreadScheduling, ThreadTimes } from './thread-scheduling.ts'
import { WorkerPlacement } from './worker-placement.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const NEVER_RAN: ThreadTimes = { ranNs: 0, waitedNs: 0, slices: 0 }

/** A machine whose threads are as the test says. */
class Machine implements ThreadScheduling {
  readonly kept = new Map<number, number | undefined>()
  readonly cpus = new Map<number, number>()
  readonly others: number[] = [1]
  readonly #times = new Map<number, ThreadTimes>()
  hasDescriptors = true
  ready = false

  /** In each second from now on. */
  goesOn(threadId: number, slices: number, waitedUsEach: number, ranMs = 20): void {
    const { ranNs, waitedNs, slices: before } = this.#times.get(threadId) ?? NEVER_RAN
    const waited = waitedNs + slices * waitedUsEach * 1000
    this.#times.set(threadId, { ranNs: ranNs + ranMs * 1e6, waitedNs: waited, slices: before + slices })
  }

  times(threadId: number): ThreadTimes | undefined {
    return this.hasDescriptors ? (this.#times.get(threadId) ?? NEVER_RAN) : undefined
  }

  lastCpu(threadId: number): number | undefined {
    return this.cpus.get(threadId)
  }

  isReady(): boolean {
    return this.ready
  }

  threadIds(): readonly number[] {
    return this.hasDescriptors ? [...this.others, ...this.cpus.keys()] : []
  }

  keepOn(threadId: number, cpu: number | undefined): boolean {
    this.kept.set(threadId, cpu)
    return true
  }
}

function place(...cpus: number[]) {
  const machine = new Machine()
  cpus.forEach((cpu, index) => machine.cpus.set(100 + index, cpu))
  const dispatcher = new SimulatedDispatcher()
  const threadIds = [...machine.cpus.keys()]
  const placement = new WorkerPlacement({ dispatcher, logger: keptLogger(), scheduling: machine, threadIds })
  /** Seconds in which each worker runs so often and waits so long each time. */
  const pass = (seconds: number, slices: number, waitedUsEach: number, ranMs?: number): void => {
    for (let i = 0; i < seconds; i++) {
      for (const threadId of threadIds) machine.goesOn(threadId, slices, waitedUsEach, ranMs)
      dispatcher.advance(SECOND)
    }
  }
  return { machine, placement, pass }
}

describe('WorkerPlacement', () => {
  test('keeps a worker that is busy and need not wait where it is', () => {
    const { machine, pass } = place(3)
    pass(4, 2000, 20)
    expect(machine.kept.get(100)).toBe(3)
  })

  test('an idle worker is left alone', () => {
    const { machine, pass } = place(3)
    pass(20, 10, 5)
    expect(machine.kept.has(100)).toBeFalse()
  })

  test.each([
    ['often', 8000, 30],
    ['long', 700, 100],
  ])('lets go one that waits %s', (_, slices, waitedUsEach) => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    pass(5, slices, waitedUsEach)
    expect(machine.kept.get(100)).toBeUndefined()
  })

  test('and keeps it again later, the second time after a longer while', () => {
    const { machine, pass } = place(3)
    const secondsUntilKept = (): number => {
      for (let seconds = 0; ; seconds++, pass(1, 2000, 20)) if (machine.kept.get(100) === 3) return seconds
    }
    const secondsUntilFree = (): number => {
      for (let seconds = 0; ; seconds++, pass(1, 700, 100)) if (machine.kept.get(100) === undefined) return seconds
    }
    secondsUntilKept()
    secondsUntilFree()
    const first = secondsUntilKept()
    secondsUntilFree()
    expect(secondsUntilKept()).toBeGreaterThan(first)
  })

  test('never two workers on one CPU', () => {
    const { machine, pass } = place(3, 3, 4)
    pass(10, 2000, 20)
    expect([...machine.kept].filter(([, cpu]) => cpu !== undefined)).toEqual([
      [100, 3],
      [102, 4],
    ])
  })

  test('once a minute the kernel may place it anew', () => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    machine.cpus.set(100, 7)
    pass(MINUTE / SECOND + 2, 2000, 20)
    expect(machine.kept.get(100)).toBe(7)
  })

  test('other threads, which may have inherited its CPU, run anywhere', () => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    machine.others.push(55)
    machine.kept.set(55, 3)
    pass(1, 2000, 20)
    expect(machine.kept.get(55)).toBeUndefined()
  })

  test('a thread that inherited the CPU of a worker that is let go runs anywhere, too', () => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    machine.others.push(55)
    machine.kept.set(55, 3)
    pass(4, 700, 100)
    expect(machine.kept.get(100)).toBeUndefined()
    expect(machine.kept.get(55)).toBeUndefined()
  })

  test.each([
    ['is idle', 0, 0, 0],
    ['seldom runs', 10, 50, 1],
    ['runs without ever being interrupted', 0, 0, 1000],
  ])('goes on keeping one that %s', (_, slices, waitedUsEach, ranMs) => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    pass(10, slices, waitedUsEach, ranMs)
    expect(machine.kept.get(100)).toBe(3)
  })

  test('lets go one that seldom runs, but has to wait each time', () => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    pass(4, 10, 500)
    expect(machine.kept.get(100)).toBeUndefined()
  })

  test('lets go one that gets no turn on its CPU, whose wait is not over yet', () => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    machine.ready = true
    pass(4, 0, 0, 0)
    expect(machine.kept.get(100)).toBeUndefined()
  })

  test('without a descriptor to look with nobody is kept; other threads are freed as soon as there is one', () => {
    const { machine, pass } = place(3)
    pass(5, 2000, 20)
    machine.others.push(55)
    machine.kept.set(55, 3)
    machine.hasDescriptors = false
    pass(4, 2000, 20)
    expect(machine.kept.get(100)).toBeUndefined()
    expect(machine.kept.get(55)).toBe(3)
    machine.hasDescriptors = true
    pass(4, 0, 0)
    expect(machine.kept.get(55)).toBeUndefined()
  })

  test('the end lets all go', () => {
    const { machine, placement, pass } = place(3)
    pass(5, 2000, 20)
    placement.stop()
    expect(machine.kept.get(100)).toBeUndefined()
  })

  test('nothing happens after the end', () => {
    const { machine, placement, pass } = place(3)
    placement.stop()
    pass(20, 2000, 20)
    expect(machine.kept.size).toBe(0)
  })
})
