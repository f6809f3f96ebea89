/** Fractions of a second, given in nanoseconds, as digits. */

/** Exactly `digits` of them, cut off and not rounded. */
export function fractionDigits(nanos: number, digits: number): string {
  if (digits === 3) return threeDigits(Math.floor(nanos / 1_000_000))
  if (digits === 0) return ''
  const nine = String(nanos).padStart(9, '0')
  return digits <= 9 ? nine.slice(0, digits) : nine.padEnd(digits, '0')
}

/** As many as there are. */
export function subsecondDigits(nanos: number): string {
  return fractionDigits(nanos, 9).replace(/0+$/, '')
}

function threeDigits(value: number): string {
  if (value >= 100) return String(value)
  return value >= 10 ? `0${value}` : `00${value}`
}
