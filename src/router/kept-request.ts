/** Body and trailers of a request, kept by reference for further attempts. */
import type { ByteQueue } from '../api/bytes.ts'
import type { Trailers } from '../api/headers.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import { lentBytes } from '../base/lent-bytes.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export class KeptRequest {
  readonly #body = new Bytes()
  /** There is a body, though it may be of no bytes. */
  #hasBody: boolean
  #trailers: Trailers | undefined = undefined

  constructor(hasBody: boolean) {
    this.#hasBody = hasBody
  }

  /** False when that is more than `limitBytes`. */
  keep(data: ByteQueue, limitBytes: number): boolean {
    if (this.#body.length + data.length > limitBytes) return false
    this.#hasBody = true
    if (lentBytes.active) lentBytes.keep()
    data.forEach((chunk) => this.#body.push(chunk))
    return true
  }

  keepTrailers(trailers: Trailers): void {
    this.#trailers = trailers
  }

  get isEmpty(): boolean {
    return !this.#hasBody && this.#trailers === undefined
  }

  get body(): ByteQueue {
    return this.#body
  }

  /** `complete`: nothing follows what is kept. */
  sendTo(attempt: UpstreamRequest, complete: boolean): void {
    const end = complete && this.#trailers === undefined
    // A body of no bytes is only an end.
    if (this.#body.length > 0 || (this.#hasBody && end)) {
      // The attempt takes its queue apart.
      const copy = new Bytes()
      this.#body.forEach((chunk) => copy.push(chunk))
      attempt.sendData(copy, end)
    }
    if (this.#trailers !== undefined) attempt.sendTrailers(this.#trailers)
  }
}
