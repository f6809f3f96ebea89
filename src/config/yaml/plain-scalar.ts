/*
 * What an unquoted YAML scalar means to Envoy: yaml-cpp's booleans and integers, everything else text. Integers beyond
 * 32 bits and fractions stay text (a numeric field reads them from text; a Struct keeps the text).
 */

const booleans: ReadonlyMap<string, boolean> = new Map(
  (
    [
      ['y', 'n'],
      ['yes', 'no'],
      ['true', 'false'],
      ['on', 'off'],
    ] as const
  ).flatMap(([yes, no]) => [...spellings(yes, true), ...spellings(no, false)]),
)

/** lower, UPPER and Capitalised. */
function spellings(word: string, value: boolean): [string, boolean][] {
  return [
    [word, value],
    [word.toUpperCase(), value],
    [word.slice(0, 1).toUpperCase() + word.slice(1), value],
  ]
}

export function resolvePlainScalar(text: string): null | boolean | number | string {
  const first = text.charCodeAt(0)
  // Letters and most punctuation can only be words; digits and signs only numbers.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b) return integer(text)
  if (text.length > 5) return text
  if (text === '' || text === '~' || text === 'null' || text === 'Null' || text === 'NULL') return null
  return booleans.get(text) ?? text
}

/** C++ stream extraction with the base taken from the prefix: 10, 010, 0x10. */
function integer(text: string): number | string {
  if (text.length > 24) return text
  const match = /^([+-]?)(?:(0[xX][\da-fA-F]+)|0([0-7]*)|([1-9]\d*))$/.exec(text)
  if (match === null) return text
  const [, sign, hexadecimal, octal, decimal] = match
  const digits = hexadecimal ?? (octal === undefined ? decimal : `0o${octal === '' ? '0' : octal}`)
  const magnitude = Number(digits)
  const value = sign === '-' ? -magnitude : magnitude
  if (value >= -2147483648 && value <= 2147483647) return value === 0 ? 0 : value
  const exact = sign === '-' ? -BigInt(digits ?? '0') : BigInt(digits ?? '0')
  const fits = exact >= -(2n ** 63n) && exact < 2n ** 63n
  return fits ? exact.toString() : text
}
