/** Fractions of a second, given in whole microseconds, as digits. */

/** Exactly `digits` of them, cut off and not rounded. */
export function fractionDigits(micros: number, digits: number): string {
  if (digits === 3) return threeDigits((micros / 1000) | 0)
  const six = String(micros).padStart(6, '0')
  return digits <= 6 ? six.slice(0, digits) : six.padEnd(digits, '0')
}

/** As many as there are. */
export function subsecondDigits(micros: number): string {
  return fractionDigits(micros, 6).replace(/0+$/, '')
}

function threeDigits(value: number): string {
  if (value >= 100) return `${value}`
  return value >= 10 ? `0${value}` : `00${value}`
}
