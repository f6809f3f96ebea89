/** A pool whose connections carry requests over HTTP/1 (Envoy's FixedHttpConnPoolImpl). */
import type { ResponseDecoder } from '../../api/codec.ts'
import type { Cancellable, HttpPool, PoolCallbacks, PoolFailure } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { PoolWaiter } from './connection-pool.ts'
import { ConnectionPool } from './connection-pool.ts'
import { Http1Client } from './http1-client.ts'

export class Http1Pool extends ConnectionPool<Http1Client, PendingStream> implements HttpPool {
  newStream(decoder: ResponseDecoder, callbacks: PoolCallbacks): Cancellable | undefined {
    const client = this.takeReady()
    if (client === undefined) {
      const pending = new PendingStream(this, decoder, callbacks)
      return this.wait(pending) ? pending : undefined
    }
    if (this.#attach(client, decoder, callbacks)) this.connectAhead()
    else this.makeReady(client)
    return undefined
  }

  protected override createClient(): Http1Client {
    return new Http1Client(this, this.host)
  }

  protected override serve(client: Http1Client, { decoder, callbacks }: PendingStream): boolean {
    return this.#attach(client, decoder, callbacks)
  }

  /** False when the limit of requests is reached; the failure has been reported then. */
  #attach(client: Http1Client, decoder: ResponseDecoder, callbacks: PoolCallbacks): boolean {
    if (!this.resources.requests.canCreate()) {
      this.context.stats.upstream_rq_active_overflow.inc()
      // Of all overflows this one alone is known to have come to a host.
      this.host.stats.rqError()
      callbacks.onPoolFailure('overflow', '', this.host)
      return false
    }
    client.startStream(decoder, callbacks)
    return true
  }
}

class PendingStream implements Cancellable, PoolWaiter {
  readonly decoder: ResponseDecoder
  readonly callbacks: PoolCallbacks
  cancelled = false
  readonly #pool: Http1Pool

  constructor(pool: Http1Pool, decoder: ResponseDecoder, callbacks: PoolCallbacks) {
    this.#pool = pool
    this.decoder = decoder
    this.callbacks = callbacks
  }

  cancel(): void {
    this.#pool.cancelWaiter(this)
  }

  onFailure(reason: PoolFailure, transportFailureReason: string, host: EndpointHost | undefined): void {
    this.callbacks.onPoolFailure(reason, transportFailureReason, host)
  }
}
