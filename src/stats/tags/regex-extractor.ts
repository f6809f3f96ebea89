import type { TagExtractor } from './tag-extractor.ts'

/** A tag by configuration: the first group leaves the name; the second group, if there is one, is the value. */
export function regexExtractor(tag: string, pattern: string): TagExtractor {
  const regex = new RegExp(withoutPosixClasses(pattern), 'd')
  return {
    tag,
    firstToken: anchoredToken(pattern),
    find: ({ text }) => {
      const match = regex.exec(text)
      const removed = match?.indices?.[1]
      if (match === null || removed === undefined) return undefined
      return { value: match.length > 2 ? (match[2] ?? '') : (match[1] ?? ''), start: removed[0], end: removed[1] }
    },
  }
}

/** The first token that a pattern like `^cluster\.…` prescribes. */
function anchoredToken(pattern: string): string | undefined {
  return /^\^([A-Za-z0-9_]+)(?:\\\.|\(\?=\\\.\)|\$$)/.exec(pattern)?.[1]
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  d: '0-9',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  s: '\\s',
  space: '\\s',
  upper: 'A-Z',
  w: '\\w',
  xdigit: '0-9A-Fa-f',
}

/** The pattern dialect is ECMAScript as C++ has it: `[[:digit:]]` is allowed in bracket expressions. */
function withoutPosixClasses(pattern: string): string {
  return pattern.replace(/\\[^]|\[:(\w+):\]/g, (text, name: string | undefined) => {
    if (name === undefined) return text
    const ranges = POSIX_CLASSES[name]
    if (ranges === undefined) throw new SyntaxError(`unknown character class [:${name}:]`)
    return ranges
  })
}
