/**
 * Parameters of an admin request, from the query and, with a POST, from a form. Unlike a browser's form encoding a plus
 * stays a plus: filters are regular expressions.
 */
export interface QueryParams {
  /** The first value of this name. */
  first(name: string): string | undefined
  has(name: string): boolean
  /** First values, by name. */
  readonly entries: readonly (readonly [string, string])[]
}

/** `texts`: query strings and form bodies without a leading `?`, as bytes in latin1. */
export function parseQueryParams(...texts: readonly string[]): QueryParams {
  const values = new Map<string, string>()
  for (const part of texts.flatMap((text) => text.split('&'))) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decode(equals < 0 ? part : part.slice(0, equals))
    if (!values.has(name)) values.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)))
  }
  const entries = [...values].sort(([a], [b]) => (a < b ? -1 : 1))
  return { first: (name) => values.get(name), has: (name) => values.has(name), entries }
}

/** A percent sign without two hex digits behind it stands for itself. */
function decode(text: string): string {
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
