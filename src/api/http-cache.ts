import type { ByteQueue } from './bytes.ts'

/*
 * A store of responses for the cache filter (Envoy's HttpCache). It knows nothing of HTTP: what may be stored, how long it is
 * fresh, and which key a request has, is the filter's. Every call is synchronous; all threads see the same entries.
 */

export interface CachedHead {
  readonly status: number
  /** Names and values by turns, in order. */
  readonly headers: readonly string[]
  /** Undefined: none. */
  readonly trailers: readonly string[] | undefined
  /** Wall-clock ms at which the response came, or was last confirmed. */
  readonly responseTimeMs: number
  readonly bodyLength: number
}

export interface CachedResponse {
  readonly head: CachedHead
  /** The caller's own copy; empty where it was not asked for. */
  readonly body: Uint8Array
}

export interface HttpCache {
  /** Longer bodies are not stored: nobody need collect them. */
  readonly maxBodyBytes: number
  get(key: string, withBody: boolean): CachedResponse | undefined
  /** Takes the place of what was there, also if it is too large to be stored. Reads `body` and leaves it. */
  put(key: string, head: Omit<CachedHead, 'bodyLength'>, body: ByteQueue | undefined): void
  /** Another head for the same body; nothing happens when there is no entry any more. */
  replaceHead(key: string, head: Omit<CachedHead, 'bodyLength'>): void
}
