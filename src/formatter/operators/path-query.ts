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
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
