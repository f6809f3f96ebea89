/**
 * What a host says of its load with a response (xds.data.orca.v3.OrcaLoadReport): in the header `endpoint-load-metrics` as
 * `TEXT`, `JSON` or `BIN` and the report behind it, or in `endpoint-load-metrics-bin`, which counts before the other.
 */
import { Wire, WireProblem } from '../../config/proto/wire.ts'
import { kinds } from '../../config/schema/schema-types.ts'

/** Numbers by name: `rps_fractional`, `eps`, `cpu_utilization`, …, and `named_metrics.` or `utilization.` with a name. */
export type OrcaLoadReport = ReadonlyMap<string, number>

type Fields = { getAll(name: string): readonly string[] }

/** undefined: there is none, or it makes no sense. */
export function readLoadReport(fields: Fields): OrcaLoadReport | undefined {
  const [binary] = fields.getAll('endpoint-load-metrics-bin')
  if (binary !== undefined) return fromBase64(binary)
  const [text] = fields.getAll('endpoint-load-metrics')
  if (text === undefined) return undefined
  if (text.startsWith('TEXT ')) return fromText(text.slice(5))
  if (text.startsWith('JSON ')) return fromJson(text.slice(5))
  if (text.startsWith('BIN ')) return fromBase64(text.slice(4))
  return undefined
}

const NUMBERS = ['cpu_utilization', 'mem_utilization', 'rps_fractional', 'eps', 'application_utilization'] as const
const IN_TEXT: ReadonlySet<string> = new Set(NUMBERS)
const MAPS_IN_TEXT = ['named_metrics.', 'utilization.'] as const
/** Of absl's SimpleAtod, without infinity and what is no number, which are refused. */
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|0[xX][0-9a-fA-F]+)$/

/** `name=value` or `name:value`, with commas between them. */
function fromText(text: string): OrcaLoadReport | undefined {
  const report = new Map<string, number>()
  for (const part of text.split(',')) {
    const entry = part.trim()
    if (entry === '') continue
    const at = entry.search(/[=:]/)
    const name = entry.slice(0, at)
    const value = entry.slice(at + 1)
    if (at < 0 || report.has(name) || !isMetric(name) || !NUMBER.test(value)) return undefined
    const number = parsedNumber(value)
    if (!Number.isFinite(number)) return undefined
    report.set(name, number)
  }
  return report
}

function isMetric(name: string): boolean {
  return IN_TEXT.has(name) || MAPS_IN_TEXT.some((prefix) => name.startsWith(prefix) && name.length > prefix.length)
}

function parsedNumber(text: string): number {
  const size = Number(text.replace(/^[+-]/, '')) // a sign before 0x is none of JavaScript
  return text.startsWith('-') ? -size : size
}

type Field =
  | { readonly kind: 'number'; readonly name: string }
  | { readonly kind: 'map'; readonly name: string }
  /** Nothing looks at it; `rps` is an older form of rps_fractional. */
  | { readonly kind: 'ignored'; readonly name: string }

/** By number in the message. */
const FIELDS: Readonly<Record<number, Field>> = {
  1: { kind: 'number', name: 'cpu_utilization' },
  2: { kind: 'number', name: 'mem_utilization' },
  3: { kind: 'ignored', name: 'rps' },
  4: { kind: 'map', name: 'request_cost' },
  5: { kind: 'map', name: 'utilization' },
  6: { kind: 'number', name: 'rps_fractional' },
  7: { kind: 'number', name: 'eps' },
  8: { kind: 'map', name: 'named_metrics' },
  9: { kind: 'number', name: 'application_utilization' },
}

const BY_JSON_NAME = new Map(
  Object.values(FIELDS).flatMap((field) => [
    [field.name, field] as const,
    [field.name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), field] as const,
  ]),
)

function fromJson(text: string): OrcaLoadReport | undefined {
  const tree = parsedJson(text)
  if (!isObject(tree)) return undefined
  const report = new Map<string, number>()
  for (const [name, value] of Object.entries(tree)) {
    const field = BY_JSON_NAME.get(name)
    if (field === undefined) return undefined
    if (value === null) continue
    if (field.kind === 'map' && !isObject(value)) return undefined
    const entries = isObject(value)
      ? Object.entries(value).map(([key, inner]) => [`${field.name}.${key}`, inner] as const)
      : [[field.name, value] as const]
    for (const [key, inner] of entries) {
      const number = jsonNumber(inner)
      if (number === undefined) return undefined
      report.set(key, number)
    }
  }
  return report
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Protobuf's JSON takes numbers in quotes as well. */
function jsonNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && NUMBER.test(value) ? parsedNumber(value) : undefined
}

function fromBase64(text: string): OrcaLoadReport | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  try {
    return fromWire(new Wire(Buffer.from(text, 'base64')))
  } catch (error) {
    if (error instanceof WireProblem) return undefined
    throw error
  }
}

function fromWire(wire: Wire): OrcaLoadReport {
  const report = new Map<string, number>()
  while (!wire.ended()) {
    const tag = wire.varint32()
    const field = FIELDS[tag >>> 3]
    const wireType = tag & 7
    if (field?.kind === 'number' && wireType === 1) report.set(field.name, double(wire))
    else if (field?.kind === 'map' && wireType === 2) readEntry(new Wire(wire.bytes()), field.name, report)
    else wire.skip(wireType)
  }
  return report
}

function readEntry(wire: Wire, name: string, report: Map<string, number>): void {
  let key = ''
  let value = 0
  while (!wire.ended()) {
    const tag = wire.varint32()
    if (tag === ((1 << 3) | 2)) key = String(wire.scalar(kinds.string))
    else if (tag === ((2 << 3) | 1)) value = double(wire)
    else wire.skip(tag & 7)
  }
  report.set(`${name}.${key}`, value)
}

function double(wire: Wire): number {
  return Number(wire.scalar(kinds.double))
}
