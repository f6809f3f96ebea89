/** Classes of bytes, one table look-up each. */

/** Lower-case form of a token byte (RFC 9110 §5.6.2), 0 for every other byte. */
export const LOWER_TOKEN = build((c) => (isTokenByte(c) ? (isUpper(c) ? c + 32 : c) : 0))

/** 1 for a byte that a field value may have in canonical form: visible, space, tab and obs-text. */
export const VALUE_BYTE = build((c) => (c === 9 || (c >= 32 && c !== 127) ? 1 : 0))

/** 1 for a byte that may stand in a path or query: everything visible. */
export const PATH_BYTE = build((c) => (c > 32 && c < 127 ? 1 : 0))

/** 1 for a byte that a host with its port may have, as Envoy sees it. */
export const AUTHORITY_BYTE = build((c) => (/[a-zA-Z0-9!$%&'()*+,\-.:;=@[\]_~]/.test(String.fromCharCode(c)) ? 1 : 0))

/** 1 for a byte that must not stand anywhere in a head: controls but tab, CR and LF, and DEL. */
export const FORBIDDEN_BYTE = build((c) => ((c < 32 && c !== 9 && c !== 10 && c !== 13) || c === 127 ? 1 : 0))

/** Value of a hexadecimal digit, 255 for every other byte. */
export const HEX_DIGIT = build((c) => {
  if (c >= 48 && c <= 57) return c - 48
  const lower = c | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : 255
})

function build(value: (byte: number) => number): Uint8Array {
  const table = new Uint8Array(256)
  for (let byte = 0; byte < table.length; byte++) table[byte] = value(byte)
  return table
}

function isTokenByte(c: number): boolean {
  return (
    isUpper(c) || (c >= 97 && c <= 122) || (c >= 48 && c <= 57) || "!#$%&'*+-.^_`|~".includes(String.fromCharCode(c))
  )
}

function isUpper(c: number): boolean {
  return c >= 65 && c <= 90
}
