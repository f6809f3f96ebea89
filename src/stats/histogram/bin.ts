/*
 * Log-linear bins with two significant decimal digits, as libcircllhist has them: a bin is the pair (digits 10..99,
 * exponent) and covers [digits/10 * 10^exponent, (digits+1)/10 * 10^exponent); zero has a bin of its own. A bin is
 * carried as one integer whose order is the order of the values. Negative values do not occur in a proxy.
 */

const EXPONENT_BIAS = 128
const DIGITS_RANGE = 128

/** The bin of zero, below all others. */
export const ZERO_BIN = 0

export function binId(digits: number, exponent: number): number {
  return digits === 0 ? ZERO_BIN : (exponent + EXPONENT_BIAS) * DIGITS_RANGE + digits
}

/** The bin of a million times the value. */
export function millionTimes(bin: number): number {
  return bin === ZERO_BIN ? ZERO_BIN : bin + 6 * DIGITS_RANGE
}

/** The exact power; `10 ** n` may be off by one unit in the last place for negative exponents. */
function powerOfTen(exponent: number): number {
  return Number(`1e${exponent}`)
}

/** Smallest value of the bin. */
export function binLower(bin: number): number {
  if (bin === ZERO_BIN) return 0
  const exponent = Math.floor(bin / DIGITS_RANGE) - EXPONENT_BIAS
  return ((bin % DIGITS_RANGE) / 10) * powerOfTen(exponent)
}

export function binWidth(bin: number): number {
  if (bin === ZERO_BIN) return 0
  return powerOfTen(Math.floor(bin / DIGITS_RANGE) - EXPONENT_BIAS) / 10
}

/** Bin of a value that need not be whole. NaN, infinities and negative values count as zero. */
export function binOfDouble(value: number): number {
  if (!(value > 0) || value === Infinity) return ZERO_BIN
  const exponent = Math.floor(Math.log10(value))
  // The margin keeps 0.11 out of the bin of 0.10, where the rounding of the division would put it.
  const digits = Math.floor((value / powerOfTen(exponent)) * 10 + 1e-13)
  return digits === 100 ? binId(10, exponent + 1) : binId(digits, exponent)
}
