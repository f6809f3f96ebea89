/*
 * Numbers as the C and C++ formatting that Envoy uses prints them. JavaScript's own shortest form differs from it in
 * where the exponent begins and how it is written.
 */

function withTwoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

function withoutTrailingZeros(text: string): string {
  if (!text.includes('.')) return text
  const [mantissa = '', exponent] = text.split('e')
  const short = mantissa.replace(/\.?0+$/, '')
  return exponent === undefined ? short : `${short}e${exponent}`
}

/** printf's `%.<digits>g`. */
export function generalFormat(value: number, digits: number): string {
  if (!Number.isFinite(value)) return nonFinite(value)
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const scientific = value.toExponential(digits - 1)
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1))
  if (exponent < -4 || exponent >= digits) return withTwoDigitExponent(withoutTrailingZeros(scientific))
  return withoutTrailingZeros(value.toFixed(Math.min(100, Math.max(0, digits - 1 - exponent))))
}

/** fmt's `{}`: the shortest text that reads back as the same number; an exponent below 1e-4 and from 1e16 on. */
export function shortestFormat(value: number): string {
  if (!Number.isFinite(value)) return nonFinite(value)
  if (value === 0) return '0'
  const magnitude = Math.abs(value)
  if (magnitude < 1e-4 || magnitude >= 1e16) return withTwoDigitExponent(value.toExponential())
  return String(value)
}

/**
 * std::to_chars: whichever of the plain and the exponent form is shorter, the plain one when they are equal. The infinite is
 * no JSON, but what Envoy writes.
 */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'null' : nonFinite(value)
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const scientific = withTwoDigitExponent(value.toExponential())
  const plain = plainForm(value)
  return plain !== undefined && plain.length <= scientific.length ? plain : scientific
}

/** A double in the JSON of a message: fifteen digits where these read back as the same number, else seventeen. */
export function messageNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15 && !Object.is(value, -0)) return String(value)
  const short = generalFormat(value, 15)
  return Number(short) === value ? short : generalFormat(value, 17)
}

/** Whole numbers to their last digit. Undefined for fractions so small that the exponent form is shorter in any case. */
function plainForm(value: number): string | undefined {
  if (Number.isInteger(value)) return Number.isSafeInteger(value) ? String(value) : String(BigInt(value))
  const text = String(value)
  return text.includes('e') ? undefined : text
}

function nonFinite(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  return value > 0 ? 'inf' : '-inf'
}
