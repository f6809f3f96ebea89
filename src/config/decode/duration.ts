/* google.protobuf.Duration and Timestamp in their JSON form. */
import type { DecodeLog } from './decode-log.ts'
import { describe } from './describe.ts'

const maxSeconds = 315_576_000_000

/** Canonical text, such as `0.250s`. Undefined if refused. */
export function decodeDuration(label: string, value: unknown, log: DecodeLog): string | undefined {
  if (typeof value !== 'string') {
    const hint = typeof value === 'number' ? `duration wants a unit: "${value}s"` : 'write it like "0.5s"'
    const message = `${label} must be a duration in quotes or with a unit`
    log.report('NU104', message, { expected: 'a duration such as "5s"', found: describe(value), hint })
    return undefined
  }
  const problem = durationProblem(value)
  if (problem !== undefined) {
    log.report('NU104', `${label} is no duration: ${problem}`, {
      expected: 'a duration such as "5s"',
      found: describe(value),
      hint: durationHint(value),
    })
    return undefined
  }
  const negative = value.startsWith('-')
  const [whole = '0', fraction = ''] = value.slice(negative ? 1 : 0, -1).split('.')
  const text = formatDuration(Number(whole), Number(fraction.padEnd(9, '0')))
  return negative && text !== '0s' ? `-${text}` : text
}

/** Seconds and nanoseconds, both ≥ 0, in canonical text: 0, 3, 6 or 9 digits of fraction. */
export function formatDuration(seconds: number, nanos: number): string {
  if (nanos === 0) return `${seconds}s`
  const digits = String(nanos).padStart(9, '0')
  if (digits.endsWith('000000')) return `${seconds}.${digits.slice(0, 3)}s`
  return digits.endsWith('000') ? `${seconds}.${digits.slice(0, 6)}s` : `${seconds}.${digits}s`
}

/** Canonical texts as protobuf merges them: seconds and nanoseconds apart, and 0 of either says nothing. */
export function mergeDurations(under: string, above: string): string {
  const [below, over] = [parts(under), parts(above)]
  const seconds = over.seconds || below.seconds
  const nanos = over.nanos || below.nanos
  const text = formatDuration(Math.abs(seconds), Math.abs(nanos))
  return seconds < 0 || nanos < 0 ? `-${text}` : text
}

function parts(text: string): { readonly seconds: number; readonly nanos: number } {
  const sign = text.startsWith('-') ? -1 : 1
  const [seconds = '0', nanos = ''] = text.replace('-', '').slice(0, -1).split('.')
  return { seconds: sign * Number(seconds), nanos: sign * Number(nanos.padEnd(9, '0')) }
}

/** Milliseconds of a canonical duration. */
export function durationMs(text: string): number {
  const dot = text.indexOf('.')
  // Multiplied apart, because 0.29 * 1000 is not 290.
  if (dot < 0) return Number(text.slice(0, -1)) * 1000
  const fraction = Number(text.slice(dot + 1, -1).padEnd(9, '0')) / 1e6
  const whole = Number(text.slice(0, dot)) * 1000
  return text.startsWith('-') ? whole - fraction : whole + fraction
}

function durationProblem(text: string): string | undefined {
  if (!text.endsWith('s')) return "duration must end with a single 's'"
  const match = /^(-?\d+)(\..*)?$/.exec(text.slice(0, -1))
  if (match === null) return 'duration must start with an integer'
  if (match[2] !== undefined && !/^\.\d{1,9}$/.test(match[2])) return 'duration had bad nanoseconds'
  return Math.abs(Number(match[1])) > maxSeconds ? 'duration out of range' : undefined
}

function durationHint(text: string): string | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return `duration wants a unit: "${text}s"`
  const match = /^(\d+(?:\.\d+)?)(ms|us|m|h|d|min|sec|seconds)$/.exec(text)
  if (match === null) return undefined
  const factors: Readonly<Record<string, number>> = {
    us: 1e-6,
    ms: 1e-3,
    sec: 1,
    seconds: 1,
    m: 60,
    min: 60,
    h: 3600,
    d: 86400,
  }
  const seconds = Number(match[1]) * (factors[match[2] ?? ''] ?? 1)
  return `the only unit is s: "${Number(seconds.toPrecision(12))}s"`
}

/** RFC 3339 with any offset; canonical is UTC with `Z`. */
export function decodeTimestamp(label: string, value: unknown, log: DecodeLog): string | undefined {
  const match =
    typeof value === 'string' ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(value) : null
  const seconds = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`)
  if (match === null || Number.isNaN(seconds)) {
    log.report('NU104', `${label} is no timestamp`, {
      expected: 'RFC 3339, "2026-01-31T12:00:00Z"',
      found: describe(value),
    })
    return undefined
  }
  const base = new Date(seconds).toISOString().slice(0, 19)
  const fraction = (match[2] ?? '').padEnd(9, '0')
  if (/^0*$/.test(fraction)) return `${base}Z`
  return `${base}.${fraction.replace(/(?:000){1,2}$/, '')}Z`
}
