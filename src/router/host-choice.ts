/** What a load balancer may know about the request: one object for all, as a choice runs to completion. */
import type { RequestHeaders } from '../api/headers.ts'
import type { DecoderCallbacks } from '../api/http.ts'
import type { Connection } from '../api/network.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { Host, LoadBalancerContext } from '../api/upstream.ts'
import type { RetryState } from './retry-state.ts'

export class HostChoice implements LoadBalancerContext {
  requestHeaders!: RequestHeaders
  readonly hash = undefined
  readonly metadataMatch = undefined
  #callbacks!: DecoderCallbacks
  #retryState: RetryState | undefined = undefined

  /** `retryState`: of a retry that chooses. */
  reset(callbacks: DecoderCallbacks, headers: RequestHeaders, retryState: RetryState | undefined): void {
    this.#callbacks = callbacks
    this.requestHeaders = headers
    this.#retryState = retryState
  }

  get downstreamConnection(): Connection | undefined {
    return this.#callbacks.connection
  }

  get streamInfo(): StreamInfo {
    return this.#callbacks.streamInfo
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#retryState?.shouldSelectAnotherHost(host) === true
  }

  get hostSelectionRetryCount(): number {
    return this.#retryState?.hostSelectionMaxAttempts ?? 1
  }
}
