/** Stands in for a pool that the limit of pools does not allow, or whose cluster is gone. */
import type { ResponseDecoder } from '../../api/codec.ts'
import type { Cancellable, Host, HttpPool, PoolCallbacks } from '../../api/upstream.ts'

export class FailingPool implements HttpPool {
  readonly host: Host

  constructor(host: Host) {
    this.host = host
  }

  newStream(_decoder: ResponseDecoder, callbacks: PoolCallbacks): Cancellable | undefined {
    callbacks.onPoolFailure('overflow', '', undefined)
    return undefined
  }
}
