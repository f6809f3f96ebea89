/* What a text says beyond its tree: repeated keys (NU202), further documents (NU207), merge keys (NU208). */
import type { ConfigError } from '../../api/config.ts'
import type { ConfigText } from '../source/config-text.ts'

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

function duplicates({ source }: ConfigText): ConfigError[] {
  return source.marks().duplicates.map(({ key, first, second }) => ({
    id: 'NU202',
    severity: 'warning',
    message: `key "${key}" twice in one map: only the last one counts`,
    path: '',
    place: source.placeOfMark(second, 'key'),
    related: { label: 'the first stands in', place: source.placeOfMark(first, 'key') },
  }))
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
