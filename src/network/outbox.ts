/**
 * Where connections of a thread put what leaves at the end of this turn: heads and small bodies stand there one behind
 * the other, ready to be sent, in memory that every turn uses again.
 */
import { LargeBuffer } from '../platform/native-buffer.ts'

const OUTBOX_BYTES = 128 * 1024

export class Outbox {
  readonly memory = new LargeBuffer(OUTBOX_BYTES)
  readonly bytes = this.memory.bytes
  readonly words = new Int32Array(this.bytes.buffer)
  #end = 0

  /** Where what was added last ends. */
  get end(): number {
    return this.#end
  }

  /** Room for `count` bytes: where it begins, at a whole word, or -1. */
  begin(count: number): number {
    const at = (this.#end + 3) & ~3
    if (at + count > OUTBOX_BYTES) return -1
    this.#end = at + count
    return at
  }

  /** Room for `count` bytes more behind what was added last. */
  extend(count: number): boolean {
    if (this.#end + count > OUTBOX_BYTES) return false
    this.#end += count
    return true
  }

  /** Everybody has sent what they had in it. */
  clear(): void {
    this.#end = 0
  }
}
