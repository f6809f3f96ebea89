/** What every text that a whole pattern matches begins with, as far as one look tells; '' when it tells nothing. */
export function literalStart(source: string): string {
  // An alternative could begin in another way, and flags could change what letters mean.
  if (source.includes('|') || source.includes('(?')) return ''
  const start = source.startsWith('^') ? 1 : 0
  let literal = ''
  for (let i = start; i < source.length; i++) {
    const char = source[i]!
    const escaped = char === '\\' ? source[i + 1] : undefined
    const plain =
      escaped === undefined ? (PLAIN.test(char) ? char : undefined) : ESCAPED.test(escaped) ? escaped : undefined
    if (plain === undefined) break
    if (escaped !== undefined) i++
    // A quantifier may make it none.
    if (/[*+?{]/.test(source[i + 1] ?? '')) break
    literal += plain
  }
  return literal
}

const PLAIN = /[A-Za-z0-9/_~%&=:,@!;-]/
const ESCAPED = /[./\-+]/
