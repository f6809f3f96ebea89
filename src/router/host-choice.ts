/** What a load balancer may know of a request, and which hosts its retries avoid. */
import type { RequestHeaders } from '../api/headers.ts'
import type { DecoderCallbacks } from '../api/http.ts'
import type { Connection } from '../api/network.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { Host, LoadBalancerContext } from '../api/upstream.ts'
import type { RetryState } from './retry-state.ts'

export class HostChoice implements LoadBalancerContext {
  readonly requestHeaders: RequestHeaders
  readonly hash = undefined
  readonly metadataMatch = undefined
  /** Set while a retry chooses. */
  retryState: RetryState | undefined = undefined
  readonly #callbacks: DecoderCallbacks

  constructor(callbacks: DecoderCallbacks, headers: RequestHeaders) {
    this.#callbacks = callbacks
    this.requestHeaders = headers
  }

  get downstreamConnection(): Connection | undefined {
    return this.#callbacks.connection
  }

  get streamInfo(): StreamInfo {
    return this.#callbacks.streamInfo
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.retryState?.shouldSelectAnotherHost(host) === true
  }

  get hostSelectionRetryCount(): number {
    return this.retryState?.hostSelectionMaxAttempts ?? 1
  }
}
