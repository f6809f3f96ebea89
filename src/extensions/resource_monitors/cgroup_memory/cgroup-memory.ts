/** The files of the two versions of control groups that say how much memory is used and allowed. */
import { existsSync, readFileSync } from 'node:fs'
import type { ResourceUsage } from '../../../api/overload.ts'

export interface CgroupMemoryFiles {
  readonly usage: string
  readonly limit: string
}

const VERSIONS: readonly CgroupMemoryFiles[] = [
  { usage: '/sys/fs/cgroup/memory.current', limit: '/sys/fs/cgroup/memory.max' },
  { usage: '/sys/fs/cgroup/memory/memory.usage_in_bytes', limit: '/sys/fs/cgroup/memory/memory.limit_in_bytes' },
]

/** Undefined when the process is in no control group for memory. */
export function cgroupMemoryFiles(): CgroupMemoryFiles | undefined {
  return VERSIONS.find(({ usage, limit }) => existsSync(usage) && existsSync(limit))
}

/** `maxBytes` of the configuration, 0 for none; the lower one of it and the group's own limit counts. */
export function readCgroupMemory(files: CgroupMemoryFiles | undefined, maxBytes: number): ResourceUsage {
  if (files === undefined) return { ok: false, error: 'no cgroup memory files' }
  try {
    const used = bytesOf(readFileSync(files.usage, 'utf8'))
    const limit = Math.min(bytesOf(readFileSync(files.limit, 'utf8')), maxBytes > 0 ? maxBytes : Infinity)
    if (Number.isNaN(used) || Number.isNaN(limit)) return { ok: false, error: 'cannot parse the cgroup memory files' }
    return { ok: true, pressure: used / limit }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}

/** `max` is no limit. */
function bytesOf(text: string): number {
  const value = text.trim()
  if (value === 'max') return Infinity
  return /^\d+$/.test(value) ? Number(value) : Number.NaN
}
