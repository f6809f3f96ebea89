/** How many workers the machine has room for; what the kernel says about it comes in as a function. */
import { readFileSync } from 'node:fs'

export interface Machine {
  /** Hardware threads that are online. */
  readonly hardwareThreads: number
  /** The text of a file, or undefined when there is none. */
  readFile(path: string): string | undefined
}

/** The least of hardware, affinity and the cgroup's quota, but at least one. */
export function usableThreads(machine: Machine): number {
  const limits = [machine.hardwareThreads, affinity(machine), cgroupQuota(machine)]
  return Math.max(1, Math.min(...limits.filter((limit) => limit !== undefined)))
}

/** `Cpus_allowed_list: 0-1,4` of the process. */
function affinity(machine: Machine): number | undefined {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(machine.readFile('/proc/self/status') ?? '')?.[1]
  if (list === undefined) return undefined
  let count = 0
  for (const range of list.split(',')) {
    const [first, last] = range.split('-').map(Number)
    if (first !== undefined) count += (last ?? first) - first + 1
  }
  return count > 0 ? count : undefined
}

/** Whole CPUs of the quota, of version 2 (`max 100000`) or version 1 (-1: none). */
function cgroupQuota(machine: Machine): number | undefined {
  const [quota, period] = (machine.readFile('/sys/fs/cgroup/cpu.max') ?? versionOne(machine)).split(/\s+/).map(Number)
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined
  return Math.max(1, Math.floor(quota / period))
}

function versionOne(machine: Machine): string {
  const read = (name: string): string => (machine.readFile(`/sys/fs/cgroup/cpu/cpu.${name}`) ?? '').trim()
  return `${read('cfs_quota_us')} ${read('cfs_period_us')}`
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
