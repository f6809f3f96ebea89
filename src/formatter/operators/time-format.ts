/**
 * A pattern of START_TIME compiled: strftime's conversions, Abseil's (`%E3S`, `%Ez` …), and Envoy's `%s`, `%f` and
 * `%1f`–`%9f` (digits of the fraction of the second), which are found first, even behind a percent sign.
 *
 * Most records fall into the second of the one before, so everything but fractions is kept for that second.
 */
import { toWireText } from '../../base/wire-text.ts'
import { fractionDigits, subsecondDigits } from './time-fraction.ts'
import type { TimeZone } from './time-fields.ts'
import { padded, timeField } from './time-fields.ts'

/** Of a time in ms since the epoch, as wire text. */
export type TimeFormat = (wallMs: number) => string

export const ISO_FORMAT = '%Y-%m-%dT%H:%M:%E3SZ'
export const ISO_LOCAL_FORMAT = '%Y-%m-%dT%H:%M:%E3S%z'

/** Fixed within a second, or new for each record. */
type Piece =
  | { readonly ofSecond: (date: Date, second: number) => string }
  | { readonly ofFraction: (micros: number) => string }

const ENVOY_SPECIFIER = /(%[1-9]?f|%s)/
const CONVERSION = /%(?:E(\*|\d{1,2})([Sf])|(:{1,3}z|E\*?z|E4Y|ET)|([_\-0^#]*)(\d*)([EO]?)([A-Za-z%+]))/g

export function compileTimeFormat(pattern: string, zone: TimeZone): TimeFormat {
  return cached(merged(pattern.split(ENVOY_SPECIFIER).flatMap((part) => compilePart(part, zone))))
}

function compilePart(part: string, zone: TimeZone): Piece[] {
  if (part === '%s') return [{ ofSecond: (_, second) => String(second) }]
  const fraction = /^%([1-9]?)f$/.exec(part)
  if (fraction !== null) return [fractionPiece(Number(fraction[1] || '9'))]
  const pieces: Piece[] = []
  let end = 0
  for (const match of part.matchAll(CONVERSION)) {
    if (match.index > end) pieces.push(literal(part.slice(end, match.index)))
    pieces.push(...compileConversion(match, zone))
    end = match.index + match[0].length
  }
  if (end < part.length) pieces.push(literal(part.slice(end)))
  return pieces
}

/** Conversions that the C library does not know with `E` (another calendar) or `O` (other digits). */
const NO_ERA = 'ABDFGHIMSUVWabdeghjklmw'
const NO_DIGITS = 'ADFXYacx'

function compileConversion(match: RegExpExecArray, zone: TimeZone): Piece[] {
  const [whole, digits, unit, absl, flags = '', width = '', modifier = '', letter = ''] = match
  if (digits !== undefined) return subsecond(digits, unit === 'S', zone)
  const name = absl ?? letter
  const unknown = padded(flags.includes('^') ? whole.toUpperCase() : whole, width, flags)
  const known = modifier === '' || !(modifier === 'E' ? NO_ERA : NO_DIGITS).includes(letter)
  if (!known) return [literal(unknown)]
  // `%Oz` is the C library's too, and has forgotten the zone.
  if (modifier === 'O' && letter === 'z') return [literal('+0000')]
  return [{ ofSecond: (date, second) => timeField(name, date, second, zone, flags, width) ?? unknown }]
}

/** `%E3S`: seconds with digits behind a point; `%E3f`: the digits alone. `*` is as many as there are. */
function subsecond(digits: string, withSeconds: boolean, zone: TimeZone): Piece[] {
  const count = Number(digits)
  const text = digits === '*' ? subsecondDigits : (micros: number) => fractionDigits(micros, count)
  if (!withSeconds) return [{ ofFraction: digits === '*' ? (micros) => text(micros) || '0' : text }]
  const seconds: Piece = { ofSecond: (date, second) => timeField('S', date, second, zone, '', '') ?? '' }
  if (count > 0) return [seconds, literal('.'), { ofFraction: text }]
  return [seconds, { ofFraction: (micros) => pointed(text(micros)) }]
}

function pointed(digits: string): string {
  return digits === '' ? '' : `.${digits}`
}

function fractionPiece(digits: number): Piece {
  return { ofFraction: (micros) => fractionDigits(micros, digits) }
}

function literal(text: string): Piece {
  const wire = toWireText(text)
  return { ofSecond: () => wire }
}

/** Neighbours that change together become one. */
function merged(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = []
  for (const piece of pieces) {
    const last = out.at(-1)
    if (last !== undefined && 'ofSecond' in last && 'ofSecond' in piece) {
      out[out.length - 1] = { ofSecond: (date, second) => last.ofSecond(date, second) + piece.ofSecond(date, second) }
    } else out.push(piece)
  }
  return out
}

function cached(pieces: readonly Piece[]): TimeFormat {
  const fractions = pieces.map((piece) => ('ofFraction' in piece ? piece.ofFraction : undefined))
  const hasFraction = fractions.some((fraction) => fraction !== undefined)
  let known = NaN
  let texts: readonly string[] = []
  return (wallMs) => {
    const second = Math.floor(wallMs / 1000)
    if (second !== known) {
      const date = new Date(second * 1000)
      texts = pieces.map((piece) => ('ofSecond' in piece ? piece.ofSecond(date, second) : ''))
      known = second
    }
    if (!hasFraction) return texts.join('')
    // The clock is good for microseconds.
    const micros = Math.floor((wallMs - second * 1000) * 1000)
    let out = ''
    for (let i = 0; i < fractions.length; i++) {
      const fraction = fractions[i]
      out += fraction === undefined ? texts[i]! : fraction(micros)
    }
    return out
  }
}
