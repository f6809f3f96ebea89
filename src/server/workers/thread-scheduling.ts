/** What the system says of how threads of this process were scheduled, and may be (proc(5), sched_setaffinity(2)). */
import { readdirSync, readFileSync } from 'node:fs'
import type { CpuMask } from '../../platform/cpu-affinity.ts'
import { allowCpus, allowedCpus, countCpus, maskOf } from '../../platform/cpu-affinity.ts'

/** Since the thread began. */
export interface ThreadTimes {
  /** Nanoseconds on a CPU. */
  readonly ranNs: number
  /** Nanoseconds in which it was ready to run and another one ran in its place. */
  readonly waitedNs: number
  /** How often it was given a CPU. */
  readonly slices: number
}

export interface ThreadScheduling {
  /** Undefined: the system does not say. */
  times(threadId: number): ThreadTimes | undefined
  /** The CPU on which the thread ran last. */
  lastCpu(threadId: number): number | undefined
  /** Whether it runs now, or would if it had a CPU. */
  isReady(threadId: number): boolean
  /** Of all threads of the process; none where descriptors have run out. */
  threadIds(): readonly number[]
  /** The thread runs on that CPU only; undefined: wherever the process may. False: it cannot be done. */
  keepOn(threadId: number, cpu: number | undefined): boolean
}

const TASKS = '/proc/self/task'
/** Of the fields behind the name in `stat`. */
const STATE = 0
const PROCESSOR = 36

/**
 * Undefined: not here, or there is no choice. `whereverItMay` tells where the process may run now, which taskset(1) or a
 * container's cpuset change; the main thread is kept nowhere.
 */
export function systemScheduling(
  whereverItMay: () => CpuMask | undefined = () => allowedCpus(process.pid),
): ThreadScheduling | undefined {
  const cpus = whereverItMay()
  return cpus !== undefined && countCpus(cpus) > 1 ? new SystemScheduling(whereverItMay) : undefined
}

class SystemScheduling implements ThreadScheduling {
  readonly #whereverItMay: () => CpuMask | undefined

  constructor(whereverItMay: () => CpuMask | undefined) {
    this.#whereverItMay = whereverItMay
  }

  times(threadId: number): ThreadTimes | undefined {
    const [ran, waited, slices] = read(`${TASKS}/${threadId}/schedstat`)?.split(' ') ?? []
    return slices === undefined ? undefined : { ranNs: Number(ran), waitedNs: Number(waited), slices: Number(slices) }
  }

  lastCpu(threadId: number): number | undefined {
    const field = statFields(threadId)?.[PROCESSOR]
    return field === undefined ? undefined : Number(field)
  }

  isReady(threadId: number): boolean {
    return statFields(threadId)?.[STATE] === 'R'
  }

  threadIds(): readonly number[] {
    try {
      return readdirSync(TASKS).map(Number)
    } catch {
      return []
    }
  }

  keepOn(threadId: number, cpu: number | undefined): boolean {
    const cpus = cpu === undefined ? this.#whereverItMay() : maskOf(cpu)
    return cpus !== undefined && allowCpus(threadId, cpus)
  }
}

/** The name before them may itself hold any character. */
function statFields(threadId: number): readonly string[] | undefined {
  const stat = read(`${TASKS}/${threadId}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
