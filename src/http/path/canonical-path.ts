/**
 * Path normalisation as Envoy does it (RFC 3986 §6.2.2 in the WHATWG manner of its URL library): dot segments are
 * resolved, a backslash is a slash, needless percent-encodings of unreserved characters are undone, other characters
 * that a path may not hold are encoded. The case of kept encodings stays; the query is not touched.
 */

const SLASH = 0x2f
const BACKSLASH = 0x5c
const PERCENT = 0x25
const QUESTION_MARK = 0x3f

/** Undefined for a path that cannot be made canonical. */
export function canonicalPath(path: string): string | undefined {
  const query = path.indexOf('?')
  const end = query < 0 ? path.length : query
  if (isPlain(path, end)) return path
  const before = dropParametersOfDotSegments(path.slice(0, end))
  const encoded = encodePath(before)
  if (encoded === undefined) return undefined
  return resolveDotSegments(encoded) + path.slice(end)
}

/** The usual path: nothing in it that anything below would change. */
function isPlain(path: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const code = path.charCodeAt(i)
    if (code === SLASH) {
      if (path.charCodeAt(i + 1) === 0x2e) return false
    } else if (code === PERCENT || code === BACKSLASH || isEncoded(code)) return false
  }
  return true
}

/** `..;x` is `..` to servers that know path parameters. Encoded dots are not meant. */
function dropParametersOfDotSegments(path: string): string {
  return path.includes(';') ? path.replace(/\/(\.{1,2});[^/]*/g, '/$1') : path
}

function encodePath(path: string): string | undefined {
  const end = path.length
  let out = ''
  for (let i = 0; i < end; i++) {
    const code = path.charCodeAt(i)
    if (code === PERCENT) {
      const value = hexPair(path, i + 1, end)
      if (value === 0) return undefined
      if (value > 0 && isUnreserved(value)) {
        out += String.fromCharCode(value)
        i += 2
      } else out += '%'
    } else if (code === BACKSLASH) out += '/'
    else if (isEncoded(code)) {
      // A NUL has no place in a path, and bytes outside of ASCII would have to be UTF-8.
      if (code === 0) return undefined
      out += percentEncode(code)
    } else out += path[i]
  }
  return out
}

/** RFC 3986 §5.2.4, on a path that starts with a slash. */
function resolveDotSegments(path: string): string {
  if (!path.includes('/.')) return path
  const segments = path.split('/')
  const kept: string[] = ['']
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i]!
    const last = i === segments.length - 1
    if (segment === '..') {
      if (kept.length > 1) kept.pop()
    } else if (segment !== '.') {
      kept.push(segment)
      continue
    }
    if (last) kept.push('')
  }
  return kept.length === 1 ? '/' : kept.join('/')
}

/** The byte that two hexadecimal digits at `at` name, or -1. */
function hexPair(path: string, at: number, end: number): number {
  if (at + 2 > end) return -1
  const high = hexDigit(path.charCodeAt(at))
  const low = hexDigit(path.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function isUnreserved(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true
  if (code >= 0x41 && code <= 0x5a) return true
  if (code >= 0x30 && code <= 0x39) return true
  return code === 0x2d || code === 0x2e || code === 0x5f || code === 0x7e
}

/** Characters that may not stand in a path by themselves: `"<>^`{|}`, space, controls, everything beyond ASCII. */
function isEncoded(code: number): boolean {
  if (code <= 0x20 || code >= 0x7f) return true
  switch (code) {
    case 0x22:
    case 0x23:
    case 0x3c:
    case 0x3e:
    case QUESTION_MARK:
    case 0x5e:
    case 0x60:
    case 0x7b:
    case 0x7c:
    case 0x7d:
      return true
    default:
      return false
  }
}

function percentEncode(code: number): string {
  return '%' + (code < 16 ? '0' : '') + code.toString(16).toUpperCase()
}
