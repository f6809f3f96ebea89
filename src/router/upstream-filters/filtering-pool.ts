/** A pool whose streams go through upstream HTTP filters. */
import type { ResponseDecoder } from '../../api/codec.ts'
import type { Cancellable, Host, HttpPool, PoolCallbacks } from '../../api/upstream.ts'
import type { HttpFilterEntry } from '../../http/filter-chain/stream-filters.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'
import { UpstreamFilterStream } from './upstream-filter-stream.ts'

export class FilteringPool implements HttpPool {
  readonly #pool: HttpPool
  readonly #entries: readonly HttpFilterEntry[]
  readonly #callbacks: RouterCallbacks

  constructor(pool: HttpPool, entries: readonly HttpFilterEntry[], callbacks: RouterCallbacks) {
    this.#pool = pool
    this.#entries = entries
    this.#callbacks = callbacks
  }

  get host(): Host {
    return this.#pool.host
  }

  newStream(decoder: ResponseDecoder, callbacks: PoolCallbacks): Cancellable | undefined {
    const stream = new UpstreamFilterStream(this.#callbacks, decoder, this.#entries)
    const pending = this.#pool.newStream(stream, {
      onPoolReady: (encoder, upstream, protocol) => {
        stream.connect(encoder)
        callbacks.onPoolReady(stream, upstream, protocol)
      },
      onPoolFailure: (...failure) => {
        stream.abandon()
        callbacks.onPoolFailure(...failure)
      },
    })
    if (pending === undefined) return undefined
    return {
      cancel: () => {
        pending.cancel()
        stream.abandon()
      },
    }
  }
}
