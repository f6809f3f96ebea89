/** What a record counts for: a number of the configuration, or one that a format finds in the record. */
import type { FormatterContext } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import { compilePieces } from '../../../formatter/compile-format.ts'
import { BUILT_IN_OPERATORS } from '../../../formatter/operators/all.ts'

export type StatValue =
  | { readonly kind: 'fixed'; readonly value: number }
  | { readonly kind: 'format'; readonly text: (record: FormatterContext) => string | undefined }

/** Field `value_format`. */
export function readStatValue(reader: Reader): StatValue {
  const compiled = compilePieces(reader.string('value_format'), BUILT_IN_OPERATORS)
  if (!compiled.ok) {
    reader.error('value_format', 'NU152', compiled.message)
    return NOTHING
  }
  const [piece, ...more] = compiled.pieces
  if (piece === undefined || more.length > 0) {
    const message = 'Stats logger `value_format` string must contain exactly one substitution'
    reader.error('value_format', 'NU152', message)
    return NOTHING
  }
  return { kind: 'format', text: typeof piece === 'string' ? () => piece : (record) => piece.text(record) }
}

/** Fields `value_format` and `value_fixed` of a counter or a gauge. */
export function readValueOrFixed(reader: Reader, kind: 'counter' | 'gauge'): StatValue {
  const hasFormat = reader.has('value_format')
  const hasFixed = reader.has('value_fixed')
  if (hasFormat && hasFixed) {
    const message = 'Stats logger cannot have both `value_format` and `value_fixed` configured.'
    reader.error('value_fixed', 'NU109', message)
  }
  const fixed = reader.number('value_fixed', 0)
  if (hasFormat) return readStatValue(reader)
  if (!hasFixed) {
    const message = `Stats logger ${kind} must have either \`value_format\` or \`value_fixed\`.`
    reader.error(undefined, 'NU109', message)
  }
  return { kind: 'fixed', value: fixed }
}

const NOTHING: StatValue = { kind: 'fixed', value: 0 }

/** As strtod has them, without infinities. */
const NUMBER = /^\s*\+?(?:0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/i

/** Undefined where the text is no number; below zero nothing can count. */
export function numberOf(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined
  const value = Number(text.trim().replace('+0x', '0x'))
  return Number.isFinite(value) ? value : undefined
}
