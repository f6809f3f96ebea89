/**
 * Where connections of a thread put what leaves at the end of this turn: heads and small bodies stand there one behind
 * the other, ready to be sent, in memory that every turn uses again.
 */
import { LargeBuffer } from '../platform/native-buffer.ts'

const OUTBOX_BYTES = 128 * 1024

export class Outbox {
  readonly memory = new LargeBuffer(OUTBOX_BYTES)
  readonly bytes = this.memory.bytes
  #end = 0

  /** Where what was added last ends. */
  get end(): number {
    return this.#end
  }

  /** Room for `count` bytes more: where it begins, or -1. */
  take(count: number): number {
    const at = this.#end
    if (at + count > OUTBOX_BYTES) return -1
    this.#end = at + count
    return at
  }

  /** Everybody has sent what they had in it. */
  clear(): void {
    this.#end = 0
  }
}
