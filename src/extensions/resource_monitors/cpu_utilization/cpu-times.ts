/** Readings of processor time; only differences mean something. */
import { readFileSync } from 'node:fs'

export interface CpuTimes {
  readonly work: number
  /** What would have been possible, in the unit of `work`. */
  readonly total: number
}

/** Of the whole machine, in ticks. */
export function hostTimes(): CpuTimes | undefined {
  return hostTimesOf(read('/proc/stat'))
}

/** The line `cpu user nice system idle …`. */
export function hostTimesOf(text: string | undefined): CpuTimes | undefined {
  const [user, nice, system, idle] = (/^cpu +(.*)$/m.exec(text ?? '')?.[1] ?? '').split(' ').map(Number)
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return undefined
  const work = user + nice + system
  return { work, total: work + idle }
}

/** Of the control group, in microseconds of all processors that it may use. `nowMs`: monotonic. */
export function containerTimes(nowMs: number): CpuTimes | undefined {
  const stat = read('/sys/fs/cgroup/cpu.stat')
  if (stat !== undefined) {
    const cores = coresOf(read('/sys/fs/cgroup/cpu.max'), read('/sys/fs/cgroup/cpuset.cpus.effective'))
    const work = Number(/^usage_usec (\d+)$/m.exec(stat)?.[1])
    return Number.isNaN(work) || cores === undefined ? undefined : { work: work / cores, total: nowMs * 1000 }
  }
  const usageNs = read('/sys/fs/cgroup/cpu/cpuacct.usage') ?? read('/sys/fs/cgroup/cpuacct/cpuacct.usage')
  const shares = Number(read('/sys/fs/cgroup/cpu/cpu.shares'))
  if (usageNs === undefined || Number.isNaN(shares)) return undefined
  // A share is a thousandth of a processor there, as Envoy counts.
  return { work: Number(usageNs) / shares, total: nowMs * 1000 }
}

/** What `cpu.max` (`quota period` or `max period`) and the list of processors (`0-3,6`) allow. */
export function coresOf(max: string | undefined, list: string | undefined): number | undefined {
  const [quota, period] = (max ?? 'max').trim().split(' ')
  const limit = quota === undefined || quota === 'max' ? Infinity : Number(quota) / Number(period ?? 100_000)
  const processors = list === undefined ? Infinity : countOf(list.trim())
  const cores = Math.min(limit, processors)
  return Number.isFinite(cores) && cores > 0 ? cores : undefined
}

function countOf(list: string): number {
  let count = 0
  for (const range of list.split(',')) {
    const [first, last] = range.split('-').map(Number)
    if (first !== undefined) count += (last ?? first) - first + 1
  }
  return count
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
