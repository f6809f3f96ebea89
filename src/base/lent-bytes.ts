/**
 * The large chunk that a thread's socket has just received, lent to whoever it is for. Mostly its bytes have left by
 * other sockets when the call that delivered them returns. Then the socket takes its memory back and receives into it
 * again while it is warm, which saves a third of the CPU of a large body (bench/README.md); otherwise the memory
 * belongs to whoever still looks at it.
 *
 * The memory comes back when every byte was settled, by the codec that read it or by the socket that sent it, and nobody
 * said `keep`. That is for whoever passes bytes on and looks at them again later; who only holds them back need not say so.
 */
export class LentBytes {
  #memory: ArrayBufferLike | undefined = undefined
  #unsettled = 0
  #kept = false

  /** A chunk is being delivered. */
  get active(): boolean {
    return this.#memory !== undefined
  }

  lend(chunk: Uint8Array): void {
    this.#memory = chunk.buffer
    this.#unsettled = chunk.length
    this.#kept = false
  }

  /** Nobody needs so many bytes of `part` any more, which may be of any memory. */
  settle(part: Uint8Array, count: number): void {
    if (part.buffer === this.#memory) this.#unsettled -= count
  }

  /** Somebody may look at the bytes again after this call, although they were passed on. */
  keep(): void {
    this.#kept = true
  }

  /** Ends the loan. True: nobody looks at the memory any more. */
  takeBack(): boolean {
    this.#memory = undefined
    return this.#unsettled === 0 && !this.#kept
  }
}

/** Of this thread: a loan begins and ends within one call. */
export const lentBytes = new LentBytes()
