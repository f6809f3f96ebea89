import type { Json } from '../api/config.ts'
import type { FractionalPercent } from '../api/runtime.ts'
import { readYaml } from '../config/yaml/read-yaml.ts'
import { generalFormat } from '../base/number-format.ts'

/** One value of the runtime in every reading that it allows. */
export interface RuntimeEntry {
  /** As it came; what crosses to workers. */
  readonly json: Json
  /** What `get` gives and /runtime shows. */
  readonly text: string
  readonly integer?: number
  readonly double?: number
  readonly boolean?: boolean
  readonly fraction?: FractionalPercent
}

/** Null and lists have no place in a runtime. */
export function runtimeEntry(json: Json): RuntimeEntry | undefined {
  switch (typeof json) {
    case 'string':
      return { json, text: json, ...readings(json) }
    case 'number':
      return { json, text: generalFormat(json, 6), ...numberReadings(json) }
    case 'boolean':
      return { json, text: String(json), boolean: json }
    default:
      return json === null || Array.isArray(json) ? undefined : structEntry(json as { readonly [key: string]: Json })
  }
}

type Readings = Pick<RuntimeEntry, 'integer' | 'double' | 'boolean' | 'fraction'>

function structEntry(json: { readonly [key: string]: Json }): RuntimeEntry {
  const fraction = fractionOf(json)
  return { json, text: JSON.stringify(json), ...(fraction === undefined ? {} : { fraction }) }
}

/** What `runtimeText` made is a list of its text, which no value can be otherwise. */
export function runtimeEntryOfJson(json: Json): RuntimeEntry | undefined {
  return Array.isArray(json) ? runtimeText(String(json[0])) : runtimeEntry(json)
}

/** A value from a file or of /runtime_modify, which is YAML. Undefined when it is none. */
export function runtimeText(text: string): RuntimeEntry | undefined {
  const json = [text]
  const plain = readings(text)
  if (Object.keys(plain).length > 0) return { json, text, ...plain }
  const read = readYaml(text)
  if (!read.ok) return undefined
  const { tree } = read
  if (typeof tree === 'number') return { json, text, ...numberReadings(tree) }
  if (typeof tree === 'boolean') return { json, text, boolean: tree }
  const fraction = fractionOf(tree)
  return fraction === undefined ? { json, text } : { json, text, fraction }
}

/** A text is tried as boolean and as number; whole numbers serve as booleans too. */
function readings(text: string): Readings {
  const stripped = text.trim()
  if (/^(true|false)$/i.test(stripped)) return { boolean: stripped.toLowerCase() === 'true' }
  const number = numberOf(stripped)
  if (number === undefined) return {}
  return { ...numberReadings(number), ...(/^\d+$/.test(stripped) ? { boolean: number !== 0 } : {}) }
}

function numberOf(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined
  return Number(text)
}

/** As an integer it loses its fraction; what is negative or has more than 64 bits is none. */
function numberReadings(double: number): Readings {
  const whole = Number.isInteger(double) ? { boolean: double !== 0 } : {}
  return double < 0 || double >= 2 ** 64 ? { double } : { double, integer: Math.trunc(double), ...whole }
}

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }
const UINT32_MAX = 0xffff_ffff

/** envoy.type.v3.FractionalPercent, as Envoy reads it here: a numerator that is no number is 0. */
function fractionOf(value: unknown): FractionalPercent | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { numerator, denominator = 'HUNDRED', ...others } = value as Record<string, unknown>
  if (Object.keys(others).length > 0 || typeof denominator !== 'string') return undefined
  const divisor = DENOMINATORS[denominator]
  const count = typeof numerator === 'number' ? numerator : 0
  if (divisor === undefined || !Number.isInteger(count) || count < 0 || count > UINT32_MAX) return undefined
  return { numerator: count, denominator: divisor }
}
