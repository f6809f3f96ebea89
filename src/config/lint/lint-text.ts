/* What a text says beyond its tree: repeated keys (NU202), further documents (NU207), merge keys (NU208). */
import type { ConfigError } from '../../api/config.ts'
import type { ConfigText } from '../source/config-text.ts'
import type { EntryMark } from '../source/marks.ts'

/** Places are looked for only when there is something to say. */
export function lintText(text: ConfigText): readonly ConfigError[] {
  const out: ConfigError[] = []
  if (text.duplicates > 0) out.push(...duplicates(text))
  if (text.hasSecondDocument) out.push(...documents(text))
  if (text.mergeKeys > 0) {
    const at = text.source.text.search(/<<\s*:/)
    out.push({
      id: 'NU208',
      severity: 'warning',
      message: 'Envoy does not know the YAML merge key <<',
      path: '',
      place: text.source.place(Math.max(0, at), Math.max(0, at) + 2),
      hint: 'Envoy itself refuses this file',
    })
  }
  return out
}

function duplicates({ source, joinsDuplicates }: ConfigText): ConfigError[] {
  return source.marks().duplicates.map(({ key, first, second }) => ({
    id: 'NU202',
    severity: 'warning',
    message: `key "${key}" twice in one map: ${joinsDuplicates ? whatCounts(source.text, second) : LAST_COUNTS}`,
    path: '',
    place: source.placeOfMark(second, 'key'),
    related: { label: 'the first stands in', place: source.placeOfMark(first, 'key') },
  }))
}

const LAST_COUNTS = 'only the last one counts'

/** As protobuf's JSON parser has it, which Envoy gives the text of a JSON file to. */
function whatCounts(text: string, { valueStart }: EntryMark): string {
  const first = text[valueStart]
  if (first === '[') return 'both lists count, one behind the other'
  return first === '{' ? 'the two are merged' : LAST_COUNTS
}

function documents({ source }: ConfigText): ConfigError[] {
  const start = source.marks().secondDocument ?? 0
  return [
    {
      id: 'NU207',
      severity: 'warning',
      message: 'more than one YAML document: only the first is read',
      path: '',
      place: source.place(start, start + 3),
    },
  ]
}
