/** What a rule makes of what it found in a body. */
import { parseDouble } from '../../../../base/parse-double.ts'
import type { ValueType } from './config.ts'
import type { JsonValue } from './read-json.ts'
import { JsonNumber } from './read-json.ts'

export type FoundValue = { readonly value: unknown } | 'nothing' | 'missing'

const MAX_BYTES = 8 * 1024

/** `nothing` is an empty text, which is left out; `missing` is no value of this type. */
export function foundValue(found: JsonValue | undefined, type: ValueType): FoundValue {
  if (typeof found === 'string') return textValue(found, type)
  if (typeof found === 'boolean') {
    const number = found ? 1 : 0
    return { value: type === 'PROTOBUF_VALUE' ? found : type === 'NUMBER' ? number : `${number}` }
  }
  if (!(found instanceof JsonNumber)) return 'missing'
  // A whole zero has no sign.
  const number = found.isWhole && found.value === 0 ? 0 : found.value
  return { value: type === 'STRING' ? textOf(found) : number }
}

function textValue(text: string, type: ValueType): FoundValue {
  if (type === 'NUMBER') {
    const number = parseDouble(text)
    return number === undefined ? 'missing' : { value: number }
  }
  if (Buffer.byteLength(text) > MAX_BYTES) return 'missing'
  return type === 'STRING' && text === '' ? 'nothing' : { value: text }
}

/** Of what is not whole: six digits behind the point. */
function textOf(number: JsonNumber): string {
  if (number.isInt64) return `${BigInt(number.source)}`
  const { value } = number
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  return sign + (size < EXPONENTS_FROM ? size.toFixed(6) : `${BigInt(size)}.000000`)
}

/** `toFixed` writes larger numbers with an exponent. */
const EXPONENTS_FROM = 1e21
