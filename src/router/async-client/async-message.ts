/** A whole request for a whole response: gathers what comes back of a stream. */
import type { AsyncCallbacks, AsyncFailure, AsyncStream, AsyncStreamCallbacks } from '../../api/async-client.ts'
import type { ByteQueue } from '../../api/bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { Cancellable } from '../../api/upstream.ts'
import { ByteQueue as Bytes } from '../../base/byte-queue.ts'

export class AsyncMessage implements AsyncStreamCallbacks, Cancellable {
  isOver = false
  readonly #callbacks: AsyncCallbacks
  readonly #maxBytes: number
  readonly #body: ByteQueue = new Bytes()
  #stream: AsyncStream | undefined = undefined
  #headers: ResponseHeaders | undefined = undefined

  constructor(callbacks: AsyncCallbacks, maxBytes: number) {
    this.#callbacks = callbacks
    this.#maxBytes = maxBytes
  }

  send(stream: AsyncStream, headers: RequestHeaders, body: ByteQueue | undefined): void {
    this.#stream = stream
    stream.sendHeaders(headers, body === undefined)
    if (body !== undefined && !this.isOver) stream.sendData(body, true)
  }

  cancel(): void {
    if (this.isOver) return
    this.isOver = true
    this.#stream?.reset()
  }

  onHeaders(headers: ResponseHeaders, end: boolean): void {
    this.#headers = headers
    if (end) this.#complete(undefined)
  }

  onData(data: ByteQueue, end: boolean): void {
    if (this.#body.length + data.length > this.#maxBytes) {
      this.#stream?.reset()
      this.#fail('response-too-large')
      return
    }
    data.moveTo(this.#body)
    if (end) this.#complete(undefined)
  }

  onTrailers(trailers: Trailers): void {
    this.#complete(trailers)
  }

  onReset(): void {
    this.#fail('reset')
  }

  #complete(trailers: Trailers | undefined): void {
    const headers = this.#headers
    // A response begins with them.
    if (headers === undefined) return this.#fail('reset')
    this.isOver = true
    this.#callbacks.onResponse({ headers, body: this.#body, trailers })
  }

  #fail(failure: AsyncFailure): void {
    this.isOver = true
    this.#callbacks.onFailure(failure)
  }
}
