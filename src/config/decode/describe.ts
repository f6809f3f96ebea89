/* Words for values and fields in messages. */
import type { PathSegment } from '../../api/config.ts'

/** `the number 5`, `a list`: what was found where something else was wanted. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return `the text ${JSON.stringify(shorten(value))}`
    case 'boolean':
      return `the boolean ${value}`
    case 'number':
    case 'bigint':
      return `the number ${value}`
    default:
      return 'a map'
  }
}

/** `envoy.config.core.v3.Node` → `Node`; nested messages keep their outer name. */
export function shortName(type: string): string {
  const parts = type.split('.')
  const first = parts.findIndex((part) => /^[A-Z]/.test(part))
  return first < 0 ? type : parts.slice(first).join('.')
}

/** The path as Envoy prints it. */
export function printPath(path: readonly PathSegment[]): string {
  let out = ''
  for (const segment of path) {
    if (typeof segment === 'number') out += `[${segment}]`
    else if (typeof segment === 'string') out += out === '' ? segment : `.${segment}`
    else if ('key' in segment) out += `[${JSON.stringify(segment.key)}]`
    else out += out === '' ? '<any>' : '.<any>'
  }
  return out
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
