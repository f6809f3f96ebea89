/** Content-Encoding and Accept-Encoding, as the decompressor changes them. */

/** The list without its first encoding, undefined when that is another one. */
export function withoutFirstEncoding(contentEncoding: string, encoding: string): string | undefined {
  const comma = contentEncoding.indexOf(',')
  const first = (comma < 0 ? contentEncoding : contentEncoding.slice(0, comma)).trim()
  if (first.toLowerCase() !== encoding.toLowerCase()) return undefined
  return comma < 0 ? '' : contentEncoding.slice(comma + 1).trim()
}

/** The list with this encoding at its end, and nowhere else; whatever weight it had. */
export function withAcceptedEncoding(acceptEncoding: string | undefined, encoding: string): string {
  if (acceptEncoding === undefined) return encoding
  const others = acceptEncoding
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '' && nameOf(token) !== encoding)
  return [...others, encoding].join(',')
}

function nameOf(token: string): string {
  const semicolon = token.indexOf(';')
  return (semicolon < 0 ? token : token.slice(0, semicolon)).trim()
}
