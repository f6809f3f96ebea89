/** Body and trailers of a request, kept by reference for further attempts. */
import type { ByteQueue } from '../api/bytes.ts'
import type { Trailers } from '../api/headers.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export class KeptRequest {
  readonly #body = new Bytes()
  #trailers: Trailers | undefined = undefined

  /** False when that is more than `limitBytes` (0: no limit). */
  keep(data: ByteQueue, limitBytes: number): boolean {
    if (limitBytes > 0 && this.#body.length + data.length > limitBytes) return false
    data.forEach((chunk) => this.#body.push(chunk))
    return true
  }

  keepTrailers(trailers: Trailers): void {
    this.#trailers = trailers
  }

  get isEmpty(): boolean {
    return this.#body.length === 0 && this.#trailers === undefined
  }

  get body(): ByteQueue {
    return this.#body
  }

  /** `complete`: nothing follows what is kept. */
  sendTo(attempt: UpstreamRequest, complete: boolean): void {
    if (this.#body.length > 0) {
      // The attempt takes its queue apart.
      const copy = new Bytes()
      this.#body.forEach((chunk) => copy.push(chunk))
      attempt.sendData(copy, complete && this.#trailers === undefined)
    }
    if (this.#trailers !== undefined) attempt.sendTrailers(this.#trailers)
  }
}
