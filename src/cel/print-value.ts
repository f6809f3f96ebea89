/** A value as Envoy prints it in logs (Unicode text). */
import type { CelValue } from '@bufbuild/cel'
import { fromWireText } from '../base/wire-text.ts'
import type { CelLibrary } from './cel-library.ts'

export function printValue({ cel, protobuf, wellKnown }: CelLibrary, value: CelValue): string {
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return `${value}`
    case 'number':
      return printNumber(value)
    case 'string':
      return value
    default:
  }
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return fromWireText(Buffer.from(value).toString('latin1'))
  if (cel.isCelUint(value)) return `${value.value}`
  if (cel.isCelMap(value)) return 'CelMap value'
  if (cel.isCelList(value)) return 'CelList value'
  if (cel.isCelType(value)) return 'CelType value'
  const { message } = value
  if (protobuf.isMessage(message, wellKnown.DurationSchema)) {
    return printDuration(message.seconds * 1_000_000_000n + BigInt(message.nanos))
  }
  if (protobuf.isMessage(message, wellKnown.TimestampSchema)) return printTime(message.seconds, message.nanos)
  return 'message value'
}

/** Six significant digits, as `%g` prints them. */
function printNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [digits, power] = value.toExponential(5).split('e') as [string, string]
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return `${Number(value.toPrecision(6))}`
  return `${Number(digits)}e${exponent < 0 ? '-' : '+'}${`${Math.abs(exponent)}`.padStart(2, '0')}`
}

const SMALL_UNITS = [
  [1_000_000n, 'ms', 6],
  [1_000n, 'us', 3],
  [1n, 'ns', 0],
] as const

/** `1h2m3.5s`, `1.5ms`, `0`. */
function printDuration(nanos: bigint): string {
  if (nanos === 0n) return '0'
  if (nanos < 0n) return `-${printDuration(-nanos)}`
  if (nanos < 1_000_000_000n) {
    const [size, unit, digits] = SMALL_UNITS.find(([size]) => nanos >= size)!
    return `${decimal(nanos / size, nanos % size, digits)}${unit}`
  }
  const seconds = nanos / 1_000_000_000n
  const hours = seconds / 3600n
  const minutes = (seconds / 60n) % 60n
  const rest = decimal(seconds % 60n, nanos % 1_000_000_000n, 9)
  return `${hours > 0n ? `${hours}h` : ''}${minutes > 0n ? `${minutes}m` : ''}${rest === '0' ? '' : `${rest}s`}`
}

function printTime(seconds: bigint, nanos: number): string {
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 17)
  const rest = decimal(((seconds % 60n) + 60n) % 60n, BigInt(nanos), 9)
  const [whole, fraction] = rest.split('.') as [string, string?]
  return `${date}${whole.padStart(2, '0')}${fraction === undefined ? '' : `.${fraction}`}+00:00`
}

function decimal(whole: bigint, part: bigint, digits: number): string {
  const fraction = `${part}`.padStart(digits, '0').replace(/0+$/, '')
  return part === 0n ? `${whole}` : `${whole}.${fraction}`
}
