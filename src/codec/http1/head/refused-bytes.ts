import { OFFSET_MASK } from '../../headers/received-lines.ts'
import type { LineScan } from './scan-lines.ts'

const UNDERSCORE = 95

/** What counts of a head that is refused for its line `index` (from 0): what is up to there, and the name behind it. */
export function refusedBytes({ lines }: LineScan, start: number, index: number): number {
  if (lines.length <= 2 * index) return 0
  const end = lines[2 * index + 1]! + 2
  const nextName = lines[2 * index + 2]
  const nextBytes = nextName === undefined ? 0 : (nextName & OFFSET_MASK) - end
  return end - start - (index + 1) + nextBytes
}

/** Which line is the first with an underscore in its name. */
export function underscoredLine({ bytes, lines }: LineScan, start: number): number {
  let from = start
  for (let i = 0; i < lines.length; i += 2) {
    const at = bytes.indexOf(UNDERSCORE, from)
    if (at >= 0 && at < (lines[i]! & OFFSET_MASK)) return i / 2
    from = lines[i + 1]! + 2
  }
  return 0
}
