/*
 * Scalars by the reading rules of protobuf's JSON parser in the lenient mode that Envoy uses: numbers may be quoted,
 * integers may be written with fraction zero, exponent or 0x, booleans may be quoted words.
 * Undefined means refused (and reported).
 */
import type { Json } from '../../api/config.ts'
import type { EnumType, FieldType } from '../schema/schema-types.ts'
import { kinds } from '../schema/schema-types.ts'
import type { DecodeLog } from './decode-log.ts'
import { describe } from './describe.ts'
import { nearest } from './suggest.ts'

interface IntegerRange {
  readonly low: bigint
  readonly high: bigint
  readonly wide: boolean
}

const int32: IntegerRange = { low: -(2n ** 31n), high: 2n ** 31n - 1n, wide: false }
const uint32: IntegerRange = { low: 0n, high: 2n ** 32n - 1n, wide: false }
const int64: IntegerRange = { low: -(2n ** 63n), high: 2n ** 63n - 1n, wide: true }
const uint64: IntegerRange = { low: 0n, high: 2n ** 64n - 1n, wide: true }

export function decodeScalar(kind: number, label: string, value: unknown, log: DecodeLog): Json | undefined {
  switch (kind) {
    case kinds.string:
      return decodeString(label, value, log)
    case kinds.bool:
      return decodeBool(label, value, log)
    case kinds.int32:
    case kinds.sint32:
    case kinds.sfixed32:
      return decodeInteger(label, value, int32, log)
    case kinds.uint32:
    case kinds.fixed32:
      return decodeInteger(label, value, uint32, log)
    case kinds.int64:
    case kinds.sint64:
    case kinds.sfixed64:
      return decodeInteger(label, value, int64, log)
    case kinds.uint64:
    case kinds.fixed64:
      return decodeInteger(label, value, uint64, log)
    case kinds.double:
    case kinds.float:
      return decodeFloat(label, value, kind === kinds.float, log)
    case kinds.bytes:
      return decodeBytes(label, value, log)
    default:
      throw new Error(`kind ${kind} is no scalar`)
  }
}

/** What an absent field without presence means, in canonical form. */
export function isDefault(field: FieldType, value: Json): boolean {
  switch (field.kind) {
    case kinds.string:
    case kinds.bytes:
      return value === ''
    case kinds.bool:
      return value === false
    case kinds.int64:
    case kinds.uint64:
    case kinds.fixed64:
    case kinds.sfixed64:
    case kinds.sint64:
      return value === '0'
    default:
      return value === 0
  }
}

function decodeString(label: string, value: unknown, log: DecodeLog): string | undefined {
  if (typeof value === 'string') {
    if (value.isWellFormed()) return value
    log.report('NU102', `${label} holds half of a surrogate pair`, { expected: 'whole characters' })
    return undefined
  }
  const hint =
    typeof value === 'boolean'
      ? 'plain y, n, yes, no, on, off, true and false are booleans in YAML: put it in quotes'
      : typeof value === 'number' || typeof value === 'bigint'
        ? `put it in quotes: "${value}"`
        : undefined
  log.report('NU102', `${label} must be a string`, { expected: 'a string', found: describe(value), hint })
  return undefined
}

function decodeBool(label: string, value: unknown, log: DecodeLog): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') {
    const word = value.toLowerCase()
    if (word === 'true' || word === 't' || word === 'yes' || word === 'y' || word === '1') return true
    if (word === 'false' || word === 'f' || word === 'no' || word === 'n' || word === '0') return false
  }
  log.report('NU102', `${label} must be true or false`, { expected: "'true' or 'false'", found: describe(value) })
  return undefined
}

function decodeInteger(label: string, value: unknown, range: IntegerRange, log: DecodeLog): Json | undefined {
  let exact: bigint
  if (typeof value === 'number' && Number.isSafeInteger(value)) exact = BigInt(value)
  else if (typeof value === 'bigint') exact = value
  else if (typeof value === 'string' || typeof value === 'number') {
    const read = readInteger(value)
    if (typeof read === 'string') {
      log.report('NU102', `${label} must be an integer: ${read}`, { expected: 'an integer', found: describe(value) })
      return undefined
    }
    exact = read
  } else {
    log.report('NU102', `${label} must be a number`, { expected: 'number or string', found: describe(value) })
    return undefined
  }
  if (exact < range.low || exact > range.high) {
    const limit = exact < range.low ? `≥ ${range.low}` : `≤ ${range.high}`
    log.report('NU106', `${label} must be ${limit}, got ${exact}`, { expected: limit, found: String(exact) })
    return undefined
  }
  return range.wide ? exact.toString() : Number(exact)
}

/** The integer, or what is wrong. */
function readInteger(value: string | number): bigint | string {
  if (typeof value === 'string') {
    if (/^[+-]?\d+$/.test(value)) return BigInt(value.startsWith('+') ? value.slice(1) : value)
    if (/^0[xX][\da-fA-F]+$/.test(value)) return BigInt(value)
    if (/\s/.test(value)) return 'non-number characters in quoted number'
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return `invalid number: '${value}'`
  }
  const number = Number(value)
  if (!Number.isFinite(number)) return `invalid number: '${value}'`
  if (!Number.isInteger(number)) return 'expected integer, but JSON number had fractional part'
  return BigInt(number)
}

function decodeFloat(label: string, value: unknown, single: boolean, log: DecodeLog): Json | undefined {
  if (typeof value === 'string' && (value === 'NaN' || value === 'Infinity' || value === '-Infinity')) return value
  const number = typeof value === 'string' ? readFloat(value) : typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) {
    if (!single || Number.isFinite(Math.fround(number))) return number
    log.report('NU106', `${label} does not fit a 32-bit float`, { found: String(value) })
    return undefined
  }
  log.report('NU102', `${label} must be a number`, { expected: 'number or string', found: describe(value) })
  return undefined
}

/** As strtod does, blanks around it and hexadecimal included. */
function readFloat(text: string): number | undefined {
  const number = text.trim()
  return /^(?:[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|0[xX][\da-fA-F]+)$/.test(number) ? Number(number) : undefined
}

function decodeBytes(label: string, value: unknown, log: DecodeLog): string | undefined {
  if (typeof value !== 'string') return decodeString(label, value, log)
  const plain = value
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '')
  const padded = value.endsWith('=') ? value.length % 4 === 0 : plain.length % 4 !== 1
  if (/^[A-Za-z0-9+/]*$/.test(plain) && padded) return plain + '='.repeat((4 - (plain.length % 4)) % 4)
  log.report('NU102', `${label} must be base64`, { expected: 'base64', found: describe(value) })
  return undefined
}

/**
 * Names without regard to case, numbers as they are (an unknown number stays a number, as in proto3). Of several names of one
 * number it is the first, as if the configuration had come in bytes.
 */
export function decodeEnum(label: string, type: EnumType, value: unknown, log: DecodeLog): Json | undefined {
  if (typeof value === 'string') {
    const named = type.byName.get(value) ?? type.byUpperName.get(value.toUpperCase())
    if (named !== undefined) return enumByNumber(type, named.number)
    if (/^-?\d+$/.test(value)) return enumByNumber(type, Number(value))
    reportUnknownEnum(label, type, value, log)
    return undefined
  }
  if (typeof value === 'number' && Number.isInteger(value)) return enumByNumber(type, value)
  if (typeof value === 'bigint') return enumByNumber(type, Number(value))
  const legal = legalValues(type)
  log.report('NU102', `${label} must be one of its names`, { expected: legal, found: describe(value) })
  return undefined
}

function enumByNumber(type: EnumType, number: number): Json {
  return type.byNumber.get(number)?.name ?? number
}

function reportUnknownEnum(label: string, type: EnumType, value: string, log: DecodeLog): void {
  const near = nearest(value, type.byName.keys())
  log.unknown('NU103', `unknown enum value: '${value}' for ${label}`, {
    expected: legalValues(type),
    found: value,
    hint: near === undefined ? legalValues(type) : `did you mean "${near}"? It is ${legalValues(type)}`,
  })
}

function legalValues(type: EnumType): string {
  const names = type.values.map((value) => value.name)
  return `one of ${names.slice(0, 16).join(', ')}${names.length > 16 ? ', …' : ''}`
}
