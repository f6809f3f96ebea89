/*
 * Whole numbers that several threads write: circuit breakers, active requests of a host, global connection counts.
 * The main thread allocates blocks; any thread looks at a block through plain data.
 */

/** Where a block is. Plain data: crosses to workers as it is. */
export interface SharedBlock {
  readonly buffer: SharedArrayBuffer
  /** Index of the first number in the buffer taken as Int32Array. */
  readonly offset: number
  readonly length: number
}

/** One thread's view of a block. Each operation is atomic; values wrap beyond 32 bits. */
export class SharedCounters {
  private page: Int32Array
  private offset: number
  readonly length: number

  /** `page`: a view of the whole buffer, which thousands of blocks can share. */
  constructor({ buffer, offset, length }: SharedBlock, page = new Int32Array(buffer)) {
    this.page = page
    this.offset = offset
    this.length = length
  }

  /** Adds what was counted here, where nobody else did, to a block of the same length, and looks at that from now on. */
  moveTo({ buffer, offset }: SharedBlock): void {
    const before = this.page.subarray(this.offset, this.offset + this.length)
    this.page = new Int32Array(buffer)
    this.offset = offset
    for (const [index, value] of before.entries()) if (value !== 0) this.add(index, value)
  }

  get(index: number): number {
    return Atomics.load(this.page, this.offset + index)
  }

  set(index: number, value: number): void {
    Atomics.store(this.page, this.offset + index, value)
  }

  /** As `set`, for what nobody counts on: the last of several writers may lose. Costs next to nothing where it stands already. */
  put(index: number, value: number): void {
    const at = this.offset + index
    if (this.page[at] !== (value | 0)) this.page[at] = value
  }

  /** Writes `value` where `expected` stands; true when it did. */
  exchange(index: number, expected: number, value: number): boolean {
    return Atomics.compareExchange(this.page, this.offset + index, expected, value) === expected
  }

  /** Returns the value after the addition. */
  add(index: number, amount: number): number {
    return Atomics.add(this.page, this.offset + index, amount) + amount
  }
}

const PAGE_LENGTH = 16_384

/** Allocates blocks; main thread only. Freed blocks of a size are handed out again, set to zero. */
export class SharedCounterAllocator {
  readonly #free = new Map<number, SharedBlock[]>()
  #page: SharedArrayBuffer | undefined
  #used = 0

  allocate(length: number): SharedBlock {
    const reused = this.#free.get(length)?.pop()
    if (reused !== undefined) return cleared(reused)
    if (length > PAGE_LENGTH) return { buffer: bufferOf(length), offset: 0, length }
    if (this.#page === undefined || this.#used + length > PAGE_LENGTH) {
      this.#page = bufferOf(PAGE_LENGTH)
      this.#used = 0
    }
    const block = { buffer: this.#page, offset: this.#used, length }
    this.#used += length
    return block
  }

  /** Only once no thread can write to the block any more. */
  free(block: SharedBlock): void {
    const blocks = this.#free.get(block.length)
    if (blocks === undefined) this.#free.set(block.length, [block])
    else blocks.push(block)
  }
}

function bufferOf(length: number): SharedArrayBuffer {
  return new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT)
}

function cleared(block: SharedBlock): SharedBlock {
  new Int32Array(block.buffer, block.offset * Int32Array.BYTES_PER_ELEMENT, block.length).fill(0)
  return block
}
