/** What a client sends before there is an upstream for it. */
import type { Connection } from '../../../../api/network.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import type { SessionUpstream } from './session-upstream.ts'

export class EarlyData {
  readonly #connection: Connection
  readonly #limit: number
  readonly #bytes = new ByteQueue()
  #ended = false
  #isPaused = false

  /** From `limit` bytes on `connection` is not read. */
  constructor(connection: Connection, limit: number) {
    this.#connection = connection
    this.#limit = limit
  }

  get length(): number {
    return this.#bytes.length
  }

  take(data: ByteQueue, end: boolean): void {
    data.moveTo(this.#bytes)
    if (end) this.#ended = true
  }

  checkLimit(): void {
    if (this.#isPaused || this.#bytes.length < this.#limit) return
    this.#isPaused = true
    this.#connection.readDisable(true)
  }

  /** There is an upstream. */
  moveTo(upstream: SessionUpstream): void {
    if (this.#bytes.length > 0 || this.#ended) upstream.write(this.#bytes, this.#ended)
    if (this.#isPaused) this.#connection.readDisable(false)
    this.#isPaused = false
  }
}
