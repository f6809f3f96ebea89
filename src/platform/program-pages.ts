/*
 * Code and tables of the runtime's own executable are mapped from its file, and what a start touches stays mapped: parsers,
 * compilers, the bundled tools. Some twenty megabytes of it are never needed again.
 */
import { readFileSync } from 'node:fs'
import { libc } from './libc.ts'

const MADV_DONTNEED = 4

/**
 * Unmaps the pages of the executable that were only read. They stay in the page cache of the system; what is still needed comes
 * back page by page with a minor fault. Pages that the linker or the runtime wrote to are private copies and are left alone.
 */
export function releaseProgramPages(): void {
  for (const { start, length } of readOnlyMappings(ownMappings(), process.execPath)) {
    libc.madvise(start, length, MADV_DONTNEED)
  }
}

/** '' where the system does not show them: then everything stays as it is. */
function ownMappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'latin1')
  } catch {
    return ''
  }
}

export interface Mapping {
  readonly start: number
  readonly length: number
}

/** Mappings of `path` in the text of /proc/PID/smaps that nobody may write and of which nothing was written. */
export function readOnlyMappings(smaps: string, path: string): readonly Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((block) => {
    const head = /^([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ \S+ +(.*)$/m.exec(block)
    if (head === null || head[3] !== path || !/^Anonymous: +0 kB$/m.test(block)) return []
    const start = Number.parseInt(head[1]!, 16)
    return [{ start, length: Number.parseInt(head[2]!, 16) - start }]
  })
}
