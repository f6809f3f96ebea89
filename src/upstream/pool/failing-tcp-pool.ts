/** Stands in for a pool whose cluster is gone. */
import type { Cancellable, Host, TcpPool, TcpPoolCallbacks } from '../../api/upstream.ts'

export class FailingTcpPool implements TcpPool {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  newConnection(callbacks: TcpPoolCallbacks): Cancellable | undefined {
    callbacks.onPoolFailure('overflow', '', this.#host)
    return undefined
  }
}
