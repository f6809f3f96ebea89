/**
 * A number written in text, as Envoy reads those of headers and bodies: white space of ASCII around it, decimal or hexadecimal
 * with an exponent, `inf` and `nan`. Undefined when it is none.
 */
export function parseDouble(text: string): number | undefined {
  const match =
    /^[\t-\r ]*([+-]?)(?:(inf(?:inity)?|nan(?:\([0-9a-z_]*\))?)|(0x.*)|((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))[\t-\r ]*$/i.exec(
      text,
    )
  if (match === null) return undefined
  const [, sign, name, hex, decimal] = match
  const size = name !== undefined ? named(name) : hex !== undefined ? hexadecimal(hex.trimEnd()) : Number(decimal)
  return size === undefined || sign !== '-' ? size : -size
}

function named(name: string): number {
  return name[0]!.toLowerCase() === 'i' ? Number.POSITIVE_INFINITY : Number.NaN
}

/** `0x1.8p1`. */
function hexadecimal(text: string): number | undefined {
  const match = /^0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i.exec(text)
  if (match === null) return undefined
  const [, whole = '', fraction = '', exponent = '0'] = match
  const digits = whole + fraction
  if (digits === '') return undefined
  // Two steps, so that neither the digits nor the power alone leave the range.
  return Number(`0x${digits}`) * 2 ** (Number(exponent) - 4 * fraction.length)
}
