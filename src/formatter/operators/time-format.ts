/** Times as Envoy's logs write them: ISO 8601 in UTC with milliseconds, or a strftime pattern. */
export type TimeFormat = (wallMs: number) => string

/** Most records fall into the second of the one before, so that part is kept. One per thread is shared by all formats. */
class SecondCache {
  #second = NaN
  #text = ''

  text(second: number): string {
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * 1000).toISOString().slice(0, 19)
    }
    return this.#text
  }
}

const cache = new SecondCache()

export function isoMillis(wallMs: number): string {
  const ms = Math.floor(wallMs)
  const second = Math.floor(ms / 1000)
  const rest = ms - second * 1000
  return `${cache.text(second)}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** strftime in UTC, with `%3f` (digits of the fraction of the second) and `%s` (epoch seconds). */
export function compileTimeFormat(pattern: string): TimeFormat {
  return (wallMs) => {
    const date = new Date(wallMs)
    return pattern.replace(/%([1-9])?([A-Za-z%])/g, (all, digits: string | undefined, letter: string) => {
      if (digits !== undefined) return letter === 'f' ? fraction(wallMs, Number(digits)) : all
      return field(date, wallMs, letter) ?? all
    })
  }
}

function fraction(wallMs: number, digits: number): string {
  const nanos = Math.round((wallMs - Math.floor(wallMs / 1000) * 1000) * 1e6)
  return pad(nanos, 9).slice(0, digits)
}

function field(date: Date, wallMs: number, letter: string): string | undefined {
  switch (letter) {
    case 'Y':
      return String(date.getUTCFullYear())
    case 'y':
      return pad(date.getUTCFullYear() % 100, 2)
    case 'm':
      return pad(date.getUTCMonth() + 1, 2)
    case 'd':
      return pad(date.getUTCDate(), 2)
    case 'e':
      return String(date.getUTCDate()).padStart(2, ' ')
    case 'H':
      return pad(date.getUTCHours(), 2)
    case 'I':
      return pad(date.getUTCHours() % 12 || 12, 2)
    case 'M':
      return pad(date.getUTCMinutes(), 2)
    case 'S':
      return pad(date.getUTCSeconds(), 2)
    case 'p':
      return date.getUTCHours() < 12 ? 'AM' : 'PM'
    case 'a':
      return WEEKDAYS[date.getUTCDay()]!.slice(0, 3)
    case 'A':
      return WEEKDAYS[date.getUTCDay()]!
    case 'b':
    case 'h':
      return MONTHS[date.getUTCMonth()]!.slice(0, 3)
    case 'B':
      return MONTHS[date.getUTCMonth()]!
    case 'j':
      return pad(
        Math.floor(
          (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) -
            Date.UTC(date.getUTCFullYear(), 0, 1)) /
            86_400_000,
        ) + 1,
        3,
      )
    case 'F':
      return date.toISOString().slice(0, 10)
    case 'T':
      return date.toISOString().slice(11, 19)
    case 'R':
      return date.toISOString().slice(11, 16)
    case 'D':
      return `${pad(date.getUTCMonth() + 1, 2)}/${pad(date.getUTCDate(), 2)}/${pad(date.getUTCFullYear() % 100, 2)}`
    case 'c':
      return `${WEEKDAYS[date.getUTCDay()]!.slice(0, 3)} ${MONTHS[date.getUTCMonth()]!.slice(0, 3)} ${String(date.getUTCDate()).padStart(2, ' ')} ${date.toISOString().slice(11, 19)} ${date.getUTCFullYear()}`
    case 's':
      return String(Math.floor(wallMs / 1000))
    case 'f':
      return fraction(wallMs, 9)
    case 'z':
      return '+0000'
    case 'Z':
      return 'UTC'
    case 'n':
      return '\n'
    case 't':
      return '\t'
    case '%':
      return '%'
    default:
      return undefined
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
