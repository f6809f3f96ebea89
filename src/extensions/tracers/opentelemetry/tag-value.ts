/** The text of a tag as a value of its type; a text that is none of it stays one. */
import type { TagType } from '../../../api/tracing.ts'

/** bigint: an integer; number: a double. Texts are wire text. */
export type TagValue = string | boolean | number | bigint

export function tagValue(text: string, type: TagType): TagValue {
  switch (type) {
    case 'INT':
      return integer(text) ?? text
    case 'DOUBLE':
      return double(text) ?? text
    case 'BOOL':
      return BOOLS[text.toLowerCase()] ?? text
    default:
      return text
  }
}

const BOOLS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  n: false,
  '0': false,
}

const LARGEST = 2n ** 63n

/** Of 64 bits, with blanks around it at most. */
function integer(text: string): bigint | undefined {
  const digits = /^[\s]*([+-]?)(\d+)[\s]*$/.exec(text)
  if (digits === null) return undefined
  const value = BigInt(digits[2]!) * (digits[1] === '-' ? -1n : 1n)
  return value >= LARGEST || value < -LARGEST ? undefined : value
}

function double(text: string): number | undefined {
  const bare = text.trim()
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(bare)) return Number(bare)
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(bare)
  if (special === null) return undefined
  return special[2] === undefined ? Number.NaN : special[1] === '-' ? -Infinity : Infinity
}
