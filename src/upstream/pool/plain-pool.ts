/** A pool whose connections their users have alone and end themselves: TCP proxy, upgrades of the raw kind. */
import type { Cancellable, PoolFailure, TcpPool, TcpPoolCallbacks } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { PoolWaiter } from './connection-pool.ts'
import { ConnectionPool } from './connection-pool.ts'
import { PlainClient } from './plain-client.ts'

export class PlainPool extends ConnectionPool<PlainClient, WaitingUser> implements TcpPool {
  newConnection(callbacks: TcpPoolCallbacks, whenCancelled: 'close' | 'keep'): Cancellable | undefined {
    const client = this.takeReady()
    if (client === undefined) {
      const waiting = new WaitingUser(this, callbacks, whenCancelled === 'close')
      return this.wait(waiting) ? waiting : undefined
    }
    client.use(callbacks)
    this.connectAhead()
    return undefined
  }

  protected override createClient(): PlainClient {
    return new PlainClient(this, this.host)
  }

  protected override serve(client: PlainClient, { callbacks }: WaitingUser): boolean {
    client.use(callbacks)
    return true
  }
}

class WaitingUser implements Cancellable, PoolWaiter {
  readonly callbacks: TcpPoolCallbacks
  cancelled = false
  readonly #pool: PlainPool
  readonly #closesExcess: boolean

  constructor(pool: PlainPool, callbacks: TcpPoolCallbacks, closesExcess: boolean) {
    this.#pool = pool
    this.callbacks = callbacks
    this.#closesExcess = closesExcess
  }

  cancel(): void {
    this.#pool.cancelWaiter(this)
    if (this.#closesExcess) this.#pool.closeExcess()
  }

  onFailure(reason: PoolFailure, transportFailureReason: string, host: EndpointHost | undefined): void {
    this.callbacks.onPoolFailure(reason, transportFailureReason, host)
  }
}
