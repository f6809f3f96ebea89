/** What a load balancer may know about the request: one object for all, as a choice runs to completion. */
import type { RequestHeaders } from '../api/headers.ts'
import type { Connection } from '../api/network.ts'
import type { HashCookie, HashPolicy, RouteEntry } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type {
  ClusterHttpPolicies,
  HashKey,
  Host,
  LoadBalancerContext,
  OverrideHost,
  RetryPriority,
} from '../api/upstream.ts'
import { xxHash64 } from '../base/xx-hash64.ts'
import { requestMetadataMatch } from './metadata-match.ts'
import type { RetryState } from './retry-state.ts'
import type { RouterCallbacks } from './router-callbacks.ts'

export class HostChoice implements LoadBalancerContext {
  requestHeaders!: RequestHeaders
  /** Values of set-cookie for the response, made because the balancer asked for the hash. */
  cookies: readonly string[] | undefined = undefined
  #callbacks!: RouterCallbacks
  #entry!: RouteEntry
  #hashPolicy: HashPolicy | undefined = undefined
  #retryState: RetryState | undefined = undefined

  /** `policies`: of the cluster; `retryState`: of a retry that chooses. */
  reset(
    callbacks: RouterCallbacks,
    headers: RequestHeaders,
    entry: RouteEntry,
    policies: ClusterHttpPolicies | undefined,
    retryState: RetryState | undefined,
  ): void {
    this.#callbacks = callbacks
    this.requestHeaders = headers
    this.#entry = entry
    this.#hashPolicy = policies?.hashPolicy ?? entry.hashPolicy
    this.#retryState = retryState
    this.cookies = undefined
  }

  get downstreamConnection(): Connection | undefined {
    return this.#callbacks.connection
  }

  get streamInfo(): StreamInfo {
    return this.#callbacks.streamInfo
  }

  get hash(): HashKey | undefined {
    return this.#hashPolicy?.hash(this.requestHeaders, this.streamInfo, (cookie) => this.#addCookie(cookie))
  }

  /** A retry chooses by itself. */
  get overrideHost(): OverrideHost | undefined {
    return this.#retryState === undefined ? this.#callbacks.upstreamOverrideHost : undefined
  }

  get metadataMatch(): Readonly<Record<string, unknown>> | undefined {
    return requestMetadataMatch(this.#entry.metadataMatch, this.streamInfo)
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#retryState?.shouldSelectAnotherHost(host) === true
  }

  get retryPriority(): RetryPriority | undefined {
    return this.#retryState?.priority
  }

  get hostSelectionRetryCount(): number {
    return this.#retryState?.hostSelectionMaxAttempts ?? 1
  }

  /** The same value for all requests of a connection, so that those on the way at the same time agree. */
  #addCookie({ name, attributes }: HashCookie): string {
    const { remoteAddress, localAddress } = this.streamInfo.connection
    const value = xxHash64(`${remoteAddress.text}${localAddress.text}`).toString(16).padStart(16, '0')
    this.cookies = [...(this.cookies ?? []), `${name}="${value}"${attributes}`]
    return value
  }
}
