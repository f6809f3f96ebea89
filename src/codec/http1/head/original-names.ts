/** Names as the peer wrote them, for formatters that restore them (preserve_case). */
import type { HeaderKeyFormat } from '../../headers/header-key-format.ts'
import { keepsNames, ReceivedNames } from '../../headers/header-key-format.ts'
import { LINES_START } from '../../headers/received-lines.ts'

const CR = 13
const COLON = 58
const LF = 10

/**
 * `lines` is a canonical head that nobody has lower-cased yet. The first spelling of a name wins. Undefined
 * where nobody restores them.
 */
export function originalNames(lines: Buffer, format: HeaderKeyFormat | undefined): ReceivedNames | undefined {
  if (!keepsNames(format)) return undefined
  const names = new Map<string, string>()
  for (let at = LINES_START; at < lines.length && lines[at] !== CR; at = lines.indexOf(LF, at) + 1) {
    const name = lines.latin1Slice(at, lines.indexOf(COLON, at))
    const lower = name.toLowerCase()
    if (!names.has(lower)) names.set(lower, name)
  }
  return new ReceivedNames(names, format)
}
