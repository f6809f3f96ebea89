import { OFFSET_MASK } from '../../headers/received-lines.ts'
import type { LineScan } from './scan-lines.ts'

/** What counts of a head with too many fields: up to the first one that is too many, and the name behind it. */
export function surplusBytes({ lines }: LineScan, start: number, maxCount: number): number {
  if (lines.length <= 2 * maxCount) return 0
  const end = lines[2 * maxCount + 1]! + 2
  const nextName = lines[2 * maxCount + 2]
  const nextBytes = nextName === undefined ? 0 : (nextName & OFFSET_MASK) - end
  return end - start - (maxCount + 1) + nextBytes
}
