/** Names as the peer wrote them, for formatters that restore them (preserve_case). */
import { LINES_START } from '../../headers/received-lines.ts'

const CR = 13
const COLON = 58
const LF = 10

/** `lines` is a canonical head that nobody has lower-cased yet. The first spelling of a name wins. */
export function originalNames(lines: Buffer): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (let at = LINES_START; at < lines.length && lines[at] !== CR; at = lines.indexOf(LF, at) + 1) {
    const name = lines.latin1Slice(at, lines.indexOf(COLON, at))
    const lower = name.toLowerCase()
    if (!names.has(lower)) names.set(lower, name)
  }
  return names
}
