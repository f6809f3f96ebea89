/** strftime's conversions in the C locale, and Abseil's for the zone. */
import { MONTHS, WEEKDAYS } from '../../base/calendar-names.ts'

export type TimeZone = 'utc' | 'local'

const DAY_MS = 86_400_000

/** A point in time by the clock of its zone: the UTC getters of `clock` give the fields. */
interface Fields {
  readonly clock: Date
  readonly second: number
  readonly offsetMinutes: number
  readonly zone: TimeZone
}

/**
 * One conversion; undefined when there is none of this name. `flags` (`_`, `-`, `0`, `^`, `#`) and `width` are those of
 * the C library.
 */
export function timeField(
  name: string,
  date: Date,
  second: number,
  zone: TimeZone,
  flags: string,
  width: string,
): string | undefined {
  const offsetMinutes = zone === 'utc' ? 0 : -date.getTimezoneOffset()
  const clock = new Date(date.getTime() + offsetMinutes * 60_000)
  if (name === 'z' && (flags !== '' || width !== '')) return paddedOffset(width, flags)
  const field = conversion(name, { clock, second, offsetMinutes, zone })
  if (field === undefined) return undefined
  if (typeof field === 'string') return padded(withCase(name, field, flags), width, flags)
  return paddedNumber(field, width, flags)
}

/** A number and how it is padded when nothing else is said. */
interface NumberField {
  readonly value: number
  readonly digits: number
  readonly pad: '0' | ' '
}

const zeros = (value: number, digits: number): NumberField => ({ value, digits, pad: '0' })
const blanks = (value: number, digits: number): NumberField => ({ value, digits, pad: ' ' })

function conversion(name: string, fields: Fields): string | NumberField | undefined {
  return (
    dateField(name, fields.clock) ?? clockField(name, fields.clock) ?? zoneField(name, fields) ?? composed(name, fields)
  )
}

function dateField(name: string, clock: Date): string | NumberField | undefined {
  const year = clock.getUTCFullYear()
  const weekday = clock.getUTCDay()
  switch (name) {
    case 'Y':
    case 'E4Y':
      return zeros(year, 1)
    case 'C':
      return zeros(Math.floor(year / 100), 2)
    case 'y':
      return zeros(year % 100, 2)
    case 'G':
      return zeros(isoWeek(clock).year, 1)
    case 'g':
      return zeros(isoWeek(clock).year % 100, 2)
    case 'm':
      return zeros(clock.getUTCMonth() + 1, 2)
    case 'd':
      return zeros(clock.getUTCDate(), 2)
    case 'e':
      return blanks(clock.getUTCDate(), 2)
    case 'j':
      return zeros(dayOfYear(clock) + 1, 3)
    case 'U':
      return zeros(Math.floor((dayOfYear(clock) + 7 - weekday) / 7), 2)
    case 'W':
      return zeros(Math.floor((dayOfYear(clock) + 7 - ((weekday + 6) % 7)) / 7), 2)
    case 'V':
      return zeros(isoWeek(clock).week, 2)
    case 'u':
      return zeros(weekday === 0 ? 7 : weekday, 1)
    case 'w':
      return zeros(weekday, 1)
    case 'a':
      return WEEKDAYS[weekday]!.slice(0, 3)
    case 'A':
      return WEEKDAYS[weekday]!
    case 'b':
    case 'h':
      return MONTHS[clock.getUTCMonth()]!.slice(0, 3)
    case 'B':
      return MONTHS[clock.getUTCMonth()]!
    default:
      return undefined
  }
}

function clockField(name: string, clock: Date): string | NumberField | undefined {
  const hours = clock.getUTCHours()
  switch (name) {
    case 'H':
      return zeros(hours, 2)
    case 'I':
      return zeros(hours % 12 || 12, 2)
    case 'k':
      return blanks(hours, 2)
    case 'l':
      return blanks(hours % 12 || 12, 2)
    case 'M':
      return zeros(clock.getUTCMinutes(), 2)
    case 'S':
      return zeros(clock.getUTCSeconds(), 2)
    case 'p':
      return hours < 12 ? 'AM' : 'PM'
    case 'P':
      return hours < 12 ? 'am' : 'pm'
    case 't':
      return '\t'
    case '%':
      return '%'
    case 'ET':
      return 'T'
    default:
      return undefined
  }
}

function zoneField(name: string, { offsetMinutes, second, zone }: Fields): string | NumberField | undefined {
  switch (name) {
    case 'z':
      return offset(offsetMinutes, '')
    case ':z':
    case 'Ez':
      return offset(offsetMinutes, ':')
    case '::z':
    case 'E*z':
      return `${offset(offsetMinutes, ':')}:00`
    case ':::z':
      return offset(offsetMinutes, ':').replace(/:00$/, '')
    case 'Z':
      return zone === 'utc' ? 'UTC' : zoneName(second)
    case 's':
      return zeros(second, 1)
    default:
      return undefined
  }
}

/** Conversions that stand for several. */
const COMPOSED: Readonly<Record<string, readonly string[]>> = {
  c: ['a', ' ', 'b', ' ', 'e', ' ', 'T', ' ', 'Y'],
  D: ['m', '/', 'd', '/', 'y'],
  x: ['m', '/', 'd', '/', 'y'],
  F: ['Y', '-', 'm', '-', 'd'],
  R: ['H', ':', 'M'],
  T: ['H', ':', 'M', ':', 'S'],
  X: ['H', ':', 'M', ':', 'S'],
  r: ['I', ':', 'M', ':', 'S', ' ', 'p'],
}

function composed(name: string, fields: Fields): string | undefined {
  const parts = Object.hasOwn(COMPOSED, name) ? COMPOSED[name] : undefined
  return parts
    ?.map((part) => {
      const field = conversion(part, fields)
      if (field === undefined) return part
      return typeof field === 'string' ? field : paddedNumber(field, '', '')
    })
    .join('')
}

function offset(minutes: number, separator: string): string {
  const whole = Math.abs(minutes)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(whole / 60))}${separator}${two(whole % 60)}`
}

function zoneName(second: number): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(second * 1000)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
}

function dayOfYear(clock: Date): number {
  return Math.floor((clock.getTime() - Date.UTC(clock.getUTCFullYear(), 0, 1)) / DAY_MS)
}

/** ISO 8601: the week belongs to the year that its Thursday is in. */
function isoWeek(clock: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(clock.getTime() + (4 - (clock.getUTCDay() || 7)) * DAY_MS)
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}

function paddedNumber(field: NumberField, width: string, flags: string): string {
  const text = String(field.value)
  if (flags.includes('-')) return text.padStart(Number(width))
  const pad = flags.includes('_') ? ' ' : flags.includes('0') ? '0' : field.pad
  return text.padStart(Math.max(field.digits, Number(width)), pad)
}

export function padded(text: string, width: string, flags: string): string {
  return text.padStart(Number(width), flags.includes('0') ? '0' : ' ')
}

/** `#` turns names of days and months to capitals and those of zones and half days to small letters. */
function withCase(name: string, text: string, flags: string): string {
  if (name === 'P') return text
  if (name === 'p' || name === 'Z') {
    if (flags.includes('#')) return text.toLowerCase()
  } else if (flags.includes('#') && CAPITALISED.has(name)) return text.toUpperCase()
  return flags.includes('^') ? text.toUpperCase() : text
}

const CAPITALISED: ReadonlySet<string> = new Set(['a', 'A', 'b', 'B', 'h'])

/** As the C library pads a number with a sign; flags and width make it forget the zone. */
function paddedOffset(width: string, flags: string): string {
  const digits = Number(width)
  const zeros = flags.includes('-')
    ? '0'.padStart(digits)
    : '0'.padStart(Math.max(4, digits), flags.includes('_') ? ' ' : '0')
  return `${'+'.padStart(digits, flags.includes('0') ? '0' : ' ')}${zeros}`
}
