/**
 * What a watchdog sees of a thread: words in shared memory that the thread's dispatcher moves. Two of them are odd while
 * the thread is at work, so that a loop which sleeps need not wake to say that it lives: nothing moves and nothing is
 * odd. A third says what the thread was about last.
 */

/** Odd in a turn of the loop in which the dispatcher has something to do at its end. */
const TURN = 0
/** Odd in a callback of a socket or a message. */
const CALLBACK = 1
const PLACE = 2
const THREAD_ID = 3
const BEAT = 4
/** How many stalls there were, and the last of them in whole milliseconds, in a ring. */
const STALLS = 5
const STALL_MS = 8
const KEPT_STALLS = 8
const WORDS = STALL_MS + KEPT_STALLS
/** A turn that is shorter is no stall. */
const SHORTEST_STALL_MS = 10
/** Names of places: their length in the first byte of each. The words have a cache line to themselves. */
const NAME_BYTES = 64
const PLACES = 64
const STRIDE_BYTES = NAME_BYTES * PLACES

/** Memory for `threads` threads. */
export function activityMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * STRIDE_BYTES)
}

/** A thread as it was at one moment. */
export interface Observation {
  readonly turn: number
  readonly callback: number
}

/** One thread's view of the activity of one thread: the thread itself writes, watchdogs read. */
export class Activity {
  readonly #words: Int32Array
  readonly #names: Uint8Array
  #places = 0

  /** Without memory: for a thread that nobody watches. */
  constructor(memory: SharedArrayBuffer = activityMemory(1), index = 0) {
    this.#words = new Int32Array(memory, index * STRIDE_BYTES, WORDS)
    this.#names = new Uint8Array(memory, index * STRIDE_BYTES, STRIDE_BYTES)
  }

  turnBegins(): void {
    this.#words[TURN]!++
  }

  turnEnds(): void {
    this.#words[TURN]!++
  }

  /** For turns that are over; the longer ones are kept for who comes to look. */
  turnLasted(ms: number): void {
    if (ms < SHORTEST_STALL_MS) return
    const count = this.#words[STALLS]!
    this.#words[STALL_MS + (count % KEPT_STALLS)] = ms
    Atomics.store(this.#words, STALLS, count + 1)
  }

  get stalls(): number {
    return Atomics.load(this.#words, STALLS)
  }

  /** Milliseconds of the stalls after the first `seen`, as far as they are kept. */
  stallsSince(seen: number): readonly number[] {
    const count = this.stalls
    const stalls: number[] = []
    for (let i = Math.max(seen, count - KEPT_STALLS); i < count; i++) {
      stalls.push(Atomics.load(this.#words, STALL_MS + (i % KEPT_STALLS)))
    }
    return stalls
  }

  callbackBegins(): void {
    this.#words[CALLBACK]!++
  }

  callbackEnds(): void {
    this.#words[CALLBACK]!++
  }

  /** Gives a place a number; 0 when there are too many to tell apart. Names are cut at 63 bytes. */
  place(name: string): number {
    const known = this.#find(name)
    if (known !== 0) return known
    if (this.#places === PLACES - 1) return 0
    const place = ++this.#places
    const bytes = encoded(name)
    this.#names.set(bytes, place * NAME_BYTES + 1)
    this.#names[place * NAME_BYTES] = bytes.length
    return place
  }

  /** The thread enters code of this place. */
  at(place: number): void {
    this.#words[PLACE] = place
  }

  /** The place that was entered last; undefined when there was none. */
  get lastPlace(): string | undefined {
    const place = Atomics.load(this.#words, PLACE)
    return place === 0 ? undefined : this.#nameOf(place)
  }

  /** The operating system's number of the thread; 0 until it has begun. */
  get threadId(): number {
    return Atomics.load(this.#words, THREAD_ID)
  }

  set threadId(id: number) {
    Atomics.store(this.#words, THREAD_ID, id)
  }

  /** For a thread whose work does not all begin in its dispatcher: says by a timer that the loop turns. */
  beat(): void {
    this.#words[BEAT]!++
  }

  /** As `observe`, of a thread that beats: it is stuck whenever it does not. */
  observeBeat(): Observation {
    return { turn: (Atomics.load(this.#words, BEAT) << 1) | 1, callback: 0 }
  }

  observe(): Observation {
    return { turn: Atomics.load(this.#words, TURN), callback: Atomics.load(this.#words, CALLBACK) }
  }

  #find(name: string): number {
    const cut = new TextDecoder().decode(encoded(name))
    for (let place = 1; place <= this.#places; place++) if (this.#nameOf(place) === cut) return place
    return 0
  }

  #nameOf(place: number): string {
    const start = place * NAME_BYTES + 1
    // A copy: text is not decoded from shared memory.
    return new TextDecoder().decode(this.#names.slice(start, start + (this.#names[start - 1] ?? 0)))
  }
}

/** Whether the thread was inside the same piece of work at both moments: it has not come back to its loop since. */
export function stuckSince(before: Observation, now: Observation): boolean {
  return isInside(now) && before.turn === now.turn && before.callback === now.callback
}

export function isInside(now: Observation): boolean {
  return (now.turn & 1) === 1 || (now.callback & 1) === 1
}

function encoded(name: string): Uint8Array {
  return new TextEncoder().encode(name).subarray(0, NAME_BYTES - 1)
}
