/** Takes paths and queries apart, as wire text. */
export function withoutQuery(path: string): string {
  const question = path.indexOf('?')
  return question < 0 ? path : path.slice(0, question)
}

/** Behind the question mark; undefined without one. */
export function queryOf(path: string): string | undefined {
  const question = path.indexOf('?')
  return question < 0 ? undefined : path.slice(question + 1)
}

/** The first value of `name`, both percent-decoded. A name without `=` has the empty value; `+` is no blank. */
export function queryParameter(path: string, name: string): string | undefined {
  const query = queryOf(path)
  if (query === undefined) return undefined
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    if (percentDecoded(equals < 0 ? pair : pair.slice(0, equals)) !== name) continue
    return equals < 0 ? '' : percentDecoded(pair.slice(equals + 1))
  }
  return undefined
}

/** Bytes, not characters; what is no valid escape stays. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/**
 * Only escapes of what a URL shows as it is are undone; the others stay. A percent sign that begins no escape goes, but
 * for one of the last two characters.
 */
export function readableQuery(query: string): string {
  if (!query.includes('%')) return query
  return query.replace(/%(?=[^]{2})([0-9A-Fa-f]{2})?/g, (escape: string, hex: string | undefined) => {
    if (hex === undefined) return ''
    const char = String.fromCharCode(Number.parseInt(hex, 16))
    return /[!-~]/.test(char) && !/["<>\\^{|}]/.test(char) ? char : escape
  })
}
