/** What passed the upstream filters of an attempt while it had no connection. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { RequestEncoder } from '../../api/codec.ts'
import type { RequestHeaders, Trailers } from '../../api/headers.ts'
import { ByteQueue as Bytes } from '../../base/byte-queue.ts'

export class WaitingRequest {
  /** More than its limit waits. */
  isFull = false
  trailers: Trailers | undefined = undefined
  #headers: RequestHeaders | undefined = undefined
  #body: ByteQueue | undefined = undefined
  #end = false

  holdHeaders(headers: RequestHeaders, end: boolean): void {
    this.#headers = headers
    this.#end = end
  }

  /** True when that was too much for the first time. 0: no limit. */
  holdData(data: ByteQueue, end: boolean, limitBytes: number): boolean {
    const body = (this.#body ??= new Bytes())
    data.moveTo(body)
    this.#end = end
    if (this.isFull || limitBytes === 0 || body.length <= limitBytes) return false
    this.isFull = true
    return true
  }

  /** Why the headers cannot be sent; then nothing of it is. */
  sendTo(encoder: RequestEncoder): string | undefined {
    const headers = this.#headers
    if (headers === undefined) return undefined
    const body = this.#body
    const { trailers } = this
    const refusal = encoder.encodeHeaders(headers, this.#end && body === undefined && trailers === undefined)
    if (refusal !== undefined) return refusal
    if (body !== undefined) encoder.encodeData(body, this.#end && trailers === undefined)
    if (trailers !== undefined) encoder.encodeTrailers(trailers)
    return undefined
  }
}
