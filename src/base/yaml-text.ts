/** A tree as YAML in blocks, as yaml-cpp writes it, with which Envoy logs configuration. */

export function yamlText(tree: unknown): string {
  return lines(tree).join('\n')
}

function lines(tree: unknown): readonly string[] {
  if (typeof tree !== 'object' || tree === null) return [scalar(tree)]
  if (Array.isArray(tree)) return tree.length === 0 ? ['[]'] : tree.flatMap((item) => itemLines(item))
  const entries = Object.entries(tree)
  return entries.length === 0 ? ['{}'] : entries.flatMap(([key, value]) => entryLines(scalar(key), value))
}

function entryLines(key: string, value: unknown): readonly string[] {
  const [first = '', ...rest] = lines(value)
  return isBlock(value) ? [`${key}:`, ...indented([first, ...rest])] : [`${key}: ${first}`]
}

function itemLines(item: unknown): readonly string[] {
  const [first = '', ...rest] = lines(item)
  // A map may begin behind the dash.
  if (!isBlock(item) || (!Array.isArray(item) && first !== '{}')) return [`- ${first}`, ...indented(rest)]
  return ['-', ...indented([first, ...rest])]
}

function isBlock(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function indented(of: readonly string[]): readonly string[] {
  return of.map((line) => `  ${line}`)
}

/** What would be read as something else than this text, or as more than it. */
const NEEDS_QUOTES =
  /^$|^(?:~|null|Null|NULL)$|^[\s&*!|>%@`"'{}[\],#]|^[-?:](?:\s|$)|:(?:\s|$)|\s#|\s$|[^ -~\u00a0-\u{10ffff}]/u

function scalar(value: unknown): string {
  if (value === null) return '~'
  const text = String(value)
  return typeof value === 'string' && NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text
}
