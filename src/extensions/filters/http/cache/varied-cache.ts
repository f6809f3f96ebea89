/**
 * The store with what responses vary by (RFC 9111 §4.1). Such a response is kept under its key and the values of the headers
 * that it names; under the key alone stands which headers these are.
 */
import type { CachedHead, CachedResponse, HttpCache } from '../../../../api/http-cache.ts'
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { HeaderMap, RequestHeaders } from '../../../../api/headers.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { varyNames } from './vary-names.ts'

export type StoredHead = Omit<CachedHead, 'bodyLength'>

/** Neither separator can be in a name or a value. */
const BETWEEN_HEADERS = '\n'
const BETWEEN_VALUES = '\r'

export class VariedCache {
  readonly #cache: HttpCache
  readonly #allowed: readonly StringPredicate[]
  #reserved = 0

  constructor(cache: HttpCache, allowed: readonly StringPredicate[]) {
    this.#cache = cache
    this.#allowed = allowed
  }

  /**
   * Asks for so much more room to collect a body; false: there is none, neither for a body that large nor for many at a time.
   * What was got is given back by `release`.
   */
  reserve(bytes: number): boolean {
    if (this.#reserved + bytes > this.#cache.maxBodyBytes) return false
    this.#reserved += bytes
    return true
  }

  release(bytes: number): void {
    this.#reserved -= bytes
  }

  get(request: RequestHeaders, withBody: boolean): CachedResponse | undefined {
    const key = keyOf(request)
    const found = this.#cache.get(key, withBody)
    if (found === undefined) return undefined
    const names = namesIn(found.head)
    if (names === undefined) return found
    const varied = this.#variedKey(key, names, request)
    return varied === undefined ? undefined : this.#cache.get(varied, withBody)
  }

  put(request: RequestKey, head: StoredHead, body: ByteQueue | undefined): void {
    const names = namesIn(head)
    if (names === undefined) return this.#cache.put(request.key, head, body)
    const varied = this.#variedKey(request.key, names, request.headers)
    if (varied === undefined) return
    this.#cache.put(varied, head, body)
    if (this.#cache.get(request.key, false) !== undefined) return
    const marker = { status: 0, headers: ['vary', names.join(',')], trailers: undefined, responseTimeMs: 0 }
    this.#cache.put(request.key, marker, undefined)
  }

  /** What a 304 says about a response that is stored; nothing that describes its body. */
  update(request: RequestKey, fields: HeaderMap, responseTimeMs: number): void {
    let { key } = request
    let found = this.#cache.get(key, false)
    const names = found === undefined ? undefined : namesIn(found.head)
    if (names !== undefined) {
      const varied = this.#variedKey(key, names, request.headers)
      if (varied === undefined) return
      key = varied
      found = this.#cache.get(varied, false)
    }
    if (found === undefined) return
    this.#cache.replaceHead(key, { ...found.head, headers: merged(found.head.headers, fields), responseTimeMs })
  }

  /** Undefined where it varies by a header that is not allowed: the list may be another one than when it was stored. */
  #variedKey(key: string, names: readonly string[], request: HeaderMap): string | undefined {
    const parts: string[] = [key, 'vary-id']
    for (const name of names) {
      if (!this.#allowed.some((allows) => allows(name))) return undefined
      parts.push([name, ...request.getAll(name.toLowerCase())].join(BETWEEN_VALUES))
    }
    return parts.join(BETWEEN_HEADERS)
  }
}

/** A request as it was when it was looked up; what it varies by is in its headers all the same. */
export interface RequestKey {
  readonly key: string
  readonly headers: RequestHeaders
}

export function keyOf({ scheme, authority, path }: RequestHeaders): string {
  return `${scheme?.toLowerCase()}\n${authority}\n${path}`
}

/** Undefined: it varies by nothing. */
function namesIn({ headers }: StoredHead): readonly string[] | undefined {
  const lines: string[] = []
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'vary') lines.push(headers[i + 1]!)
  return lines.length === 0 || lines[0] === '' ? undefined : varyNames(lines)
}

const NOT_UPDATED: ReadonlySet<string> = new Set(['content-range', 'content-length', 'etag', 'vary'])

/** The fields of a name that comes take the place of all that were there, at the end. */
function merged(stored: readonly string[], fields: HeaderMap): readonly string[] {
  const added: string[] = []
  const names = new Set<string>()
  fields.forEach((name, value) => {
    if (NOT_UPDATED.has(name)) return
    names.add(name)
    added.push(name, value)
  })
  const kept: string[] = []
  for (let i = 0; i < stored.length; i += 2) if (!names.has(stored[i]!)) kept.push(stored[i]!, stored[i + 1]!)
  return [...kept, ...added]
}
