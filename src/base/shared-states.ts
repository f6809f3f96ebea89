/*
 * Numbers that belong to a thing of the configuration and not to a thread: a token bucket, a count of connections. Every
 * thread that makes the thing claims its state by the same name and gets the same memory; nobody has to tell anybody.
 * A state is given back when the last view of the last thread's claim is garbage.
 *
 * Claiming takes a short lock, so it happens when things are made; what a request does with a state is up to its owner.
 */

import { lockShared, unlockShared } from './shared-lock.ts'

/** Zero at first. The views are of the same memory. */
export interface SharedState {
  readonly floats: Float64Array
  /** For atomic exchanges of the floats. */
  readonly bits: BigInt64Array
  /** Two a float. */
  readonly ints: Int32Array
}

export interface SharedStates {
  /** Wall-clock ms, the same for all threads, that times in states may count from to be small. */
  readonly epochMs: number
  /** Those of the process; names that begin with nothing else. */
  readonly process: SharedStates
  /** The state of this name, of `length` floats, which all claimants must agree on. */
  claim(name: string, length: number): SharedState
  /** States whose names are only unique below `name`, such as a listener's. */
  within(name: string): SharedStates
}

const LOCK = 0
const ENTRIES_USED = 1
const FLOATS_USED = 2
/** A float. */
const EPOCH_FLOAT = 2
const MAX_ENTRIES = 6
const HEADER_INTS = 8

/** An entry: three hashes of the name, claims, place of the floats, length. */
const ENTRY_INTS = 6
const CLAIMS = 3
const OFFSET = 4
const LENGTH = 5

const FLOATS_PER_ENTRY = 16
const FEWEST_ENTRIES = 8
/** 1 MB and its entries, 200 KB. The collector counts them as if they were in use: with more it would run at every start. */
const DEFAULT_FLOATS = 131_072

/** Address space for so many floats; the system gives memory to the pages that are used. */
export function createSharedStatesBuffer(epochMs: number, floats: number = DEFAULT_FLOATS): SharedArrayBuffer {
  const entries = Math.max(FEWEST_ENTRIES, Math.floor(floats / FLOATS_PER_ENTRY))
  const buffer = new SharedArrayBuffer((startOfFloats(entries) + floats) * Float64Array.BYTES_PER_ELEMENT)
  new Int32Array(buffer)[MAX_ENTRIES] = entries
  new Float64Array(buffer)[EPOCH_FLOAT] = epochMs
  return buffer
}

function startOfFloats(entries: number): number {
  return (HEADER_INTS + entries * ENTRY_INTS) / 2
}

/** Garbage when the last view of it is. */
interface Claim {
  readonly entry: number
}

/** One thread's view. */
export class ThreadSharedStates implements SharedStates {
  readonly epochMs: number
  readonly #buffer: SharedArrayBuffer
  readonly #ints: Int32Array
  readonly #maxEntries: number
  readonly #floatsStart: number
  readonly #maxFloats: number
  readonly #garbage = new FinalizationRegistry<number>((entry) => this.#release(entry))
  /** A claim by each of its views, whichever of them its owner keeps. */
  readonly #claims = new WeakMap<object, Claim>()

  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer
    this.#maxEntries = new Int32Array(buffer)[MAX_ENTRIES]!
    this.#ints = new Int32Array(buffer, 0, HEADER_INTS + this.#maxEntries * ENTRY_INTS)
    this.#floatsStart = startOfFloats(this.#maxEntries)
    this.#maxFloats = buffer.byteLength / Float64Array.BYTES_PER_ELEMENT - this.#floatsStart
    this.epochMs = new Float64Array(buffer)[EPOCH_FLOAT]!
  }

  get process(): SharedStates {
    return this
  }

  claim(name: string, length: number): SharedState {
    this.#lock()
    const entry = this.#entry(name, length)
    this.#unlock()
    // Nothing left: the thread has a state for itself, which is not shared, but works.
    if (entry === undefined) return stateOf(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT), 0, length)
    const state = stateOf(this.#buffer, this.#floatsStart + this.#ints[entry + OFFSET]!, length)
    const claim: Claim = { entry }
    for (const view of [state.floats, state.bits, state.ints]) this.#claims.set(view, claim)
    this.#garbage.register(claim, entry)
    return state
  }

  within(name: string): SharedStates {
    return new PrefixedStates(this, name)
  }

  /** Index of the first number of the entry that has the name now, with this claim counted. */
  #entry(name: string, length: number): number | undefined {
    const ints = this.#ints
    const [h0, h1, h2] = hashesOf(name)
    const end = HEADER_INTS + ints[ENTRIES_USED]! * ENTRY_INTS
    let free: number | undefined
    for (let at = HEADER_INTS; at < end; at += ENTRY_INTS) {
      if (ints[at + LENGTH] !== length) continue
      if (ints[at + CLAIMS] === 0) free ??= at
      else if (ints[at] === h0 && ints[at + 1] === h1 && ints[at + 2] === h2) {
        ints[at + CLAIMS]!++
        return at
      }
    }
    const entry = free ?? this.#newEntry(length)
    if (entry === undefined) return undefined
    ints.set([h0, h1, h2, 1], entry)
    new Float64Array(this.#buffer, (this.#floatsStart + ints[entry + OFFSET]!) * 8, length).fill(0)
    return entry
  }

  #newEntry(length: number): number | undefined {
    const ints = this.#ints
    const used = ints[ENTRIES_USED]!
    const floats = ints[FLOATS_USED]!
    if (used === this.#maxEntries || floats + length > this.#maxFloats) return undefined
    const entry = HEADER_INTS + used * ENTRY_INTS
    ints[entry + OFFSET] = floats
    ints[entry + LENGTH] = length
    ints[ENTRIES_USED] = used + 1
    ints[FLOATS_USED] = floats + length
    return entry
  }

  #release(entry: number): void {
    this.#lock()
    this.#ints[entry + CLAIMS]!--
    this.#unlock()
  }

  #lock(): void {
    lockShared(this.#ints, LOCK)
  }

  #unlock(): void {
    unlockShared(this.#ints, LOCK)
  }
}

class PrefixedStates implements SharedStates {
  readonly #states: SharedStates
  readonly #prefix: string

  constructor(states: SharedStates, prefix: string) {
    this.#states = states
    this.#prefix = prefix
  }

  get epochMs(): number {
    return this.#states.epochMs
  }

  get process(): SharedStates {
    return this.#states.process
  }

  claim(name: string, length: number): SharedState {
    return this.#states.claim(`${this.#prefix}\n${name}`, length)
  }

  within(name: string): SharedStates {
    return new PrefixedStates(this.#states, `${this.#prefix}\n${name}`)
  }
}

function stateOf(buffer: SharedArrayBuffer, offset: number, length: number): SharedState {
  const at = offset * Float64Array.BYTES_PER_ELEMENT
  return {
    floats: new Float64Array(buffer, at, length),
    bits: new BigInt64Array(buffer, at, length),
    ints: new Int32Array(buffer, at, length * 2),
  }
}

/** 96 bits: two names do not meet. */
function hashesOf(name: string): readonly [number, number, number] {
  return [Bun.hash.xxHash32(name, 1) | 0, Bun.hash.xxHash32(name, 2) | 0, Bun.hash.xxHash32(name, 3) | 0]
}
