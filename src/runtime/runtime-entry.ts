import type { Json } from '../api/config.ts'
import type { FractionalPercent } from '../api/runtime.ts'
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

/** A text is tried as boolean, as number and as FractionalPercent; whole numbers serve as booleans too. */
function readings(text: string): Readings {
  const stripped = text.trim()
  if (/^(true|false)$/i.test(stripped)) return { boolean: stripped.toLowerCase() === 'true' }
  const number = numberOf(stripped)
  if (number !== undefined) {
    return { ...numberReadings(number), ...(/^\d+$/.test(stripped) ? { boolean: number !== 0 } : {}) }
  }
  const fraction = /numerator|denominator/.test(text) ? fractionOf(yamlValue(text)) : undefined
  return fraction === undefined ? {} : { fraction }
}

function numberOf(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined
  return Number(text)
}

function numberReadings(double: number): Readings {
  if (double < 0 || !Number.isInteger(double)) return { double }
  return { double, integer: double, boolean: double !== 0 }
}

const DENOMINATORS: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }
const DENOMINATOR_NUMBERS: readonly string[] = ['HUNDRED', 'TEN_THOUSAND', 'MILLION']
const UINT32_MAX = 0xffff_ffff

/** envoy.type.v3.FractionalPercent in proto JSON; undefined for anything else. */
function fractionOf(value: unknown): FractionalPercent | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { numerator = 0, denominator = 'HUNDRED', ...others } = value as Record<string, unknown>
  if (Object.keys(others).length > 0) return undefined
  const count = typeof numerator === 'string' ? numberOf(numerator) : numerator
  const name = typeof denominator === 'number' ? DENOMINATOR_NUMBERS[denominator] : denominator
  const divisor = typeof name === 'string' ? DENOMINATORS[name] : undefined
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > UINT32_MAX) return undefined
  return divisor === undefined ? undefined : { numerator: count, denominator: divisor }
}

function yamlValue(text: string): unknown {
  try {
    return library().parse(text)
  } catch {
    return undefined
  }
}

/** Loaded with the first text: numbers and booleans, the usual values, do without. */
function library(): typeof import('yaml') {
  return require('yaml') as typeof import('yaml')
}
