/** A pool whose streams go through upstream HTTP filters; made for one attempt. */
import type { RequestHeaders } from '../../api/headers.ts'
import type { Cancellable, Host, HttpPool, PoolCallbacks } from '../../api/upstream.ts'
import type { UpstreamFilterStream } from './upstream-filter-stream.ts'

export class FilteringPool implements HttpPool {
  readonly #pool: HttpPool
  readonly #stream: UpstreamFilterStream
  readonly #headers: RequestHeaders
  readonly #end: boolean

  /** `end`: the request has no body. */
  constructor(pool: HttpPool, stream: UpstreamFilterStream, headers: RequestHeaders, end: boolean) {
    this.#pool = pool
    this.#stream = stream
    this.#headers = headers
    this.#end = end
  }

  get host(): Host {
    return this.#pool.host
  }

  /** The stream takes the response, whoever asks. */
  newStream(_decoder: unknown, callbacks: PoolCallbacks): Cancellable | undefined {
    const stream = this.#stream
    stream.begin(this.#headers, this.#end)
    // No connection is needed for what a filter has answered.
    if (stream.answered) return undefined
    return this.#pool.newStream(stream, {
      onPoolReady: (encoder, upstream, protocol) => {
        stream.connect(encoder)
        callbacks.onPoolReady(stream, upstream, protocol)
      },
      onPoolFailure: (...failure) => {
        stream.abandon()
        callbacks.onPoolFailure(...failure)
      },
    })
  }
}
