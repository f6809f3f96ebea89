import { LOWER_TOKEN } from './byte-tables.ts'

/** The methods that Envoy's HTTP/1 parser knows; it refuses every other one. Case matters. */
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'CONNECT',
  'TRACE',
  'ACL',
  'BIND',
  'CHECKOUT',
  'COPY',
  'LINK',
  'LOCK',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'MSEARCH',
  'NOTIFY',
  'PROPFIND',
  'PROPPATCH',
  'PURGE',
  'QUERY',
  'REBIND',
  'REPORT',
  'SEARCH',
  'SOURCE',
  'SUBSCRIBE',
  'UNBIND',
  'UNLINK',
  'UNLOCK',
  'UNSUBSCRIBE',
] as const

const LETTER_A = 65
const LETTERS = 26
const LONGEST = Math.max(...METHODS.map((method) => method.length))

/** Methods by length and first letter. */
const BUCKETS = buckets()

/** The method that stands there, or undefined when it is none of ours. Makes no string. */
export function methodAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start
  const first = bytes[start]
  if (length === 0 || length > LONGEST || first === undefined || first < LETTER_A || first >= LETTER_A + LETTERS) {
    return undefined
  }
  const bucket = BUCKETS[bucketOf(length, first)]!
  for (let i = 0; i < bucket.length; i++) {
    const method = bucket[i]!
    let k = 1
    while (k < length && bytes[start + k] === method.charCodeAt(k)) k++
    if (k === length) return method
  }
  return undefined
}

/** Any token that stands there, for who takes methods of others' making. */
export function customMethodAt(bytes: Buffer, start: number, end: number): string | undefined {
  if (start === end) return undefined
  for (let i = start; i < end; i++) if (LOWER_TOKEN[bytes[i]!] === 0) return undefined
  return bytes.latin1Slice(start, end)
}

/** Methods whose requests get no `content-length: 0` when they have no body (HeaderUtility::requestShouldHaveNoBody). */
export function impliesNoBody(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE' || method === 'TRACE' || method === 'CONNECT'
}

function buckets(): readonly (readonly string[])[] {
  const all = Array<readonly string[]>((LONGEST + 1) * LETTERS).fill([])
  for (const method of METHODS) {
    const bucket = bucketOf(method.length, method.charCodeAt(0))
    all[bucket] = [...all[bucket]!, method]
  }
  return all
}

function bucketOf(length: number, first: number): number {
  return length * LETTERS + first - LETTER_A
}
