/**
 * A queue of byte chunks, kept by reference: nothing is copied to queue, move or drain.
 *
 * Whoever pushes a chunk gives it away and never writes to it again. Chunks are consumed from the
 * front in whole (`shift`) or in part (`drain`).
 */
export class ByteQueue {
  #chunks: Uint8Array[] = []
  #head = 0
  #length = 0

  /** Bytes queued. */
  get length(): number {
    return this.#length
  }

  /** Appends a chunk by reference; an empty one is dropped. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** Puts a chunk in front of what is queued. */
  unshift(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (this.#head > 0) this.#chunks[--this.#head] = chunk
    else this.#chunks.unshift(chunk)
    this.#length += chunk.length
  }

  /** The first chunk without taking it, or undefined when the queue is empty. */
  peek(): Uint8Array | undefined {
    return this.#chunks[this.#head]
  }

  /** Takes the first chunk. */
  shift(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#head]
    if (chunk === undefined) return undefined
    this.#length -= chunk.length
    this.#dropHead()
    return chunk
  }

  /** Drops the first `count` bytes (at most everything). */
  drain(count: number): void {
    while (count > 0) {
      const chunk = this.#chunks[this.#head]
      if (chunk === undefined) return
      if (chunk.length > count) {
        this.#chunks[this.#head] = chunk.subarray(count)
        this.#length -= count
        return
      }
      count -= chunk.length
      this.#length -= chunk.length
      this.#dropHead()
    }
  }

  /** Moves everything to the end of `other`, by reference. */
  moveTo(other: ByteQueue): void {
    for (let i = this.#head; i < this.#chunks.length; i++) other.push(this.#chunks[i]!)
    this.clear()
  }

  /** Moves the first `count` bytes to the end of `other`, by reference. */
  moveSomeTo(other: ByteQueue, count: number): void {
    while (count > 0) {
      const chunk = this.#chunks[this.#head]
      if (chunk === undefined) return
      if (chunk.length > count) {
        other.push(chunk.subarray(0, count))
        this.drain(count)
        return
      }
      other.push(chunk)
      count -= chunk.length
      this.#length -= chunk.length
      this.#dropHead()
    }
  }

  clear(): void {
    if (this.#chunks.length > 0) this.#chunks.length = 0
    this.#head = 0
    this.#length = 0
  }

  /** One contiguous copy of everything queued (the chunk itself when there is only one). */
  linearize(): Uint8Array {
    const count = this.#chunks.length - this.#head
    if (count === 1) return this.#chunks[this.#head]!
    const out = new Uint8Array(this.#length)
    let at = 0
    for (let i = this.#head; i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!
      out.set(chunk, at)
      at += chunk.length
    }
    return out
  }

  /** Everything queued as one chunk, which takes the place of the many. Not of an empty queue. */
  coalesce(): Uint8Array {
    const whole = this.linearize()
    if (this.#chunks.length - this.#head > 1) {
      this.clear()
      this.push(whole)
    }
    return whole
  }

  /** Calls `visit` for each chunk, front first, without taking it. */
  forEach(visit: (chunk: Uint8Array) => void): void {
    for (let i = this.#head; i < this.#chunks.length; i++) visit(this.#chunks[i]!)
  }

  #dropHead(): void {
    if (this.#head === 0 && this.#chunks.length === 1) {
      this.#chunks.pop()
      return
    }
    this.#head++
    // Compact when the dead part dominates, so that a long-lived queue neither shifts per chunk nor grows.
    if (this.#head === this.#chunks.length) {
      this.#chunks.length = 0
      this.#head = 0
    } else if (this.#head > 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#head)
      this.#head = 0
    }
  }
}
