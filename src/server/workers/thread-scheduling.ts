/** What the system says of how threads of this process were scheduled, and may be (proc(5), sched_setaffinity(2)). */
import { readdirSync, readFileSync } from 'node:fs'
import type { CpuMask } from '../../platform/cpu-affinity.ts'
import { allowCpus, allowedCpus, countCpus, maskOf } from '../../platform/cpu-affinity.ts'

/** Since the thread began. */
export interface ThreadTimes {
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
  /** Of all threads of the process. */
  threadIds(): readonly number[]
  /** The thread runs on that CPU only; undefined: wherever the process may. False: it cannot be done. */
  keepOn(threadId: number, cpu: number | undefined): boolean
}

const TASKS = '/proc/self/task'
/** Of the fields behind the name in `stat`, which may itself hold any character. */
const PROCESSOR = 36

/** To be made by the main thread before any thread is kept on a CPU. Undefined: not here, or there is no choice. */
export function systemScheduling(): ThreadScheduling | undefined {
  const everywhere = allowedCpus(process.pid)
  return everywhere !== undefined && countCpus(everywhere) > 1 ? new SystemScheduling(everywhere) : undefined
}

class SystemScheduling implements ThreadScheduling {
  readonly #everywhere: CpuMask

  constructor(everywhere: CpuMask) {
    this.#everywhere = everywhere
  }

  times(threadId: number): ThreadTimes | undefined {
    const [, waited, slices] = read(`${TASKS}/${threadId}/schedstat`)?.split(' ') ?? []
    return slices === undefined ? undefined : { waitedNs: Number(waited), slices: Number(slices) }
  }

  lastCpu(threadId: number): number | undefined {
    const stat = read(`${TASKS}/${threadId}/stat`)
    const field = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[PROCESSOR]
    return field === undefined ? undefined : Number(field)
  }

  threadIds(): readonly number[] {
    return readdirSync(TASKS).map(Number)
  }

  keepOn(threadId: number, cpu: number | undefined): boolean {
    return allowCpus(threadId, cpu === undefined ? this.#everywhere : maskOf(cpu))
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
