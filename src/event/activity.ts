/**
 * What a watchdog sees of a thread: words in shared memory that the thread's dispatcher moves. Each is odd while the
 * thread is inside, so that a loop which sleeps need not wake to say that it lives: nothing moves and nothing is odd.
 */

/** A turn of the loop in which the dispatcher has something to do at its end. */
const TURN = 0
/** A callback of a socket or a message. */
const CALLBACK = 1
const WORDS = 2
/** Each thread's words have a cache line to themselves. */
const STRIDE_BYTES = 64

/** Memory for the words of `threads` threads. */
export function activityMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * STRIDE_BYTES)
}

/** The words of thread `index`; the dispatcher writes, watchdogs read. */
export function activityWords(memory: SharedArrayBuffer, index: number): Int32Array {
  return new Int32Array(memory, index * STRIDE_BYTES, WORDS)
}

/** For a thread that nobody watches. */
export function unwatchedWords(): Int32Array {
  return new Int32Array(WORDS)
}

export function turnBegins(words: Int32Array): void {
  words[TURN]!++
}

export function turnEnds(words: Int32Array): void {
  words[TURN]!++
}

export function callbackBegins(words: Int32Array): void {
  words[CALLBACK]!++
}

export function callbackEnds(words: Int32Array): void {
  words[CALLBACK]!++
}

/** A thread as it was at one moment. */
export interface Observation {
  readonly turn: number
  readonly callback: number
}

export function observe(words: Int32Array): Observation {
  return { turn: Atomics.load(words, TURN), callback: Atomics.load(words, CALLBACK) }
}

/** Whether the thread was inside the same piece of work at both moments: it has not come back to its loop since. */
export function stuckSince(before: Observation, now: Observation): boolean {
  const inside = (now.turn & 1) === 1 || (now.callback & 1) === 1
  return inside && before.turn === now.turn && before.callback === now.callback
}
