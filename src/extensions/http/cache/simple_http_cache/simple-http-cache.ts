/**
 * Responses in memory that all workers share, as in Envoy, where they stand behind one lock as well; but bounded: the oldest
 * go first.
 */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { CachedHead, CachedResponse, HttpCache } from '../../../../api/http-cache.ts'
import type { SharedState, SharedStates } from '../../../../api/shared-states.ts'
import { lockShared, unlockShared } from '../../../../base/shared-lock.ts'
import { SharedPages } from '../../../../platform/shared-pages.ts'
import type { RingEntry } from './entry-ring.ts'
import { EntryRing } from './entry-ring.ts'

export interface CacheBounds {
  readonly bytes: number
  /** A power of two. */
  readonly entries: number
}

/* What the threads agree on before they have the memory, in floats; the lock is an integer of the last one. */
const ADDRESS = 0
const SIZE = 1
const SEED = 2
const FLOATS = 4
const LOCK = 6

const NAME = 'envoy.extensions.http.cache.simple'
const NOTHING = new Uint8Array()

/** [key, status, responseTimeMs, headers, trailers or null] */
type WrittenHead = readonly [string, number, number, readonly string[], readonly string[] | null]

interface FoundEntry {
  readonly entry: RingEntry
  readonly head: CachedHead
}

export class SimpleHttpCache implements HttpCache {
  readonly maxBodyBytes: number
  /** Kept: a claim lives as long as somebody has it. */
  readonly #state: SharedState
  readonly #pages: SharedPages
  readonly #ring: EntryRing
  /** Whoever does not know it cannot send many keys of one hash. */
  readonly #seed: number

  private constructor(state: SharedState, pages: SharedPages, entries: number) {
    this.#state = state
    this.#pages = pages
    this.#ring = new EntryRing(pages, entries)
    this.#seed = state.floats[SEED]!
    this.maxBodyBytes = this.#ring.maxEntryBytes
  }

  /** The process's one; undefined when there is no memory for it. The first thread decides how large it is. */
  static open(states: SharedStates, bounds: CacheBounds, seed: number): SimpleHttpCache | undefined {
    const state = states.process.claim(NAME, FLOATS)
    lockShared(state.ints, LOCK)
    const pages = knownPages(state) ?? SharedPages.map(EntryRing.sizeFor(bounds.bytes, bounds.entries))
    if (pages !== undefined && state.floats[ADDRESS] === 0) {
      state.floats[SEED] = seed
      state.floats[SIZE] = pages.size
      state.floats[ADDRESS] = pages.address
    }
    unlockShared(state.ints, LOCK)
    return pages === undefined ? undefined : new SimpleHttpCache(state, pages, bounds.entries)
  }

  get(key: string, withBody: boolean): CachedResponse | undefined {
    const hash = this.#hash(key)
    this.#lock()
    const found = this.#find(hash, key)
    const body = found === undefined || !withBody ? NOTHING : this.#bodyOf(found.entry).slice()
    this.#unlock()
    return found === undefined ? undefined : { head: found.head, body }
  }

  put(key: string, head: Omit<CachedHead, 'bodyLength'>, body: ByteQueue | undefined): void {
    const hash = this.#hash(key)
    const written = writeHead(key, head)
    this.#lock()
    const old = this.#find(hash, key)
    if (old !== undefined) this.#ring.remove(old.entry.slot)
    const length = body?.length ?? 0
    if (written.length + length <= this.#ring.maxEntryBytes) {
      const entry = this.#ring.add(hash, written.length, length)
      this.#headOf(entry).set(written)
      const place = this.#bodyOf(entry)
      let at = 0
      body?.forEach((chunk) => {
        place.set(chunk, at)
        at += chunk.length
      })
    }
    this.#unlock()
  }

  replaceHead(key: string, head: Omit<CachedHead, 'bodyLength'>): void {
    const hash = this.#hash(key)
    const written = writeHead(key, head)
    this.#lock()
    const old = this.#find(hash, key)
    if (old !== undefined) {
      // Room for the new one may be where the old one is.
      const body = this.#bodyOf(old.entry).slice()
      this.#ring.remove(old.entry.slot)
      if (written.length + body.length <= this.#ring.maxEntryBytes) {
        const entry = this.#ring.add(hash, written.length, body.length)
        this.#headOf(entry).set(written)
        this.#bodyOf(entry).set(body)
      }
    }
    this.#unlock()
  }

  #find(hash: number, key: string): FoundEntry | undefined {
    let head: CachedHead | undefined
    const entry = this.#ring.find(hash, (candidate) => {
      head = readHead(key, this.#headOf(candidate), candidate.bodyBytes)
      return head !== undefined
    })
    return entry === undefined || head === undefined ? undefined : { entry, head }
  }

  #headOf(entry: RingEntry): Uint8Array {
    return this.#pages.bytes(entry.offset, entry.headBytes)
  }

  #bodyOf(entry: RingEntry): Uint8Array {
    return this.#pages.bytes(entry.offset + entry.headBytes, entry.bodyBytes)
  }

  #hash(key: string): number {
    return Bun.hash.xxHash32(key, this.#seed) | 0
  }

  #lock(): void {
    lockShared(this.#state.ints, LOCK)
  }

  #unlock(): void {
    unlockShared(this.#state.ints, LOCK)
  }
}

function knownPages(state: SharedState): SharedPages | undefined {
  const address = state.floats[ADDRESS]!
  return address === 0 ? undefined : new SharedPages(address, state.floats[SIZE]!)
}

/** Wire text has one code unit a byte, and so has the JSON of it. */
function writeHead(key: string, head: Omit<CachedHead, 'bodyLength'>): Uint8Array {
  const { status, responseTimeMs, headers, trailers = null } = head
  const written: WrittenHead = [key, status, responseTimeMs, headers, trailers]
  return Buffer.from(JSON.stringify(written), 'latin1')
}

function readHead(wanted: string, bytes: Uint8Array, bodyLength: number): CachedHead | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).latin1Slice()
  // Written above.
  const [key, status, responseTimeMs, headers, trailers] = JSON.parse(text) as WrittenHead
  if (key !== wanted) return undefined
  return { status, headers, trailers: trailers ?? undefined, responseTimeMs, bodyLength }
}
