/** One forwarding route with its cluster resolved, as the router filter sees it. */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { RateLimitPolicy } from '../api/rate-limit.ts'
import type {
  ConnectConfig,
  CorsPolicy,
  HashPolicy,
  InternalRedirectPolicy,
  MirrorPolicy,
  RequestTimeouts,
  RetryPolicy,
  RouteEntry,
  RouteTrafficStats,
} from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { isFieldValue } from '../codec/headers/field-syntax.ts'
import { portStart } from '../http/host-name.ts'
import type { WeightedCluster } from './cluster-choice.ts'
import type { MetadataMatch } from './metadata-match.ts'
import { mergeMetadataMatch } from './metadata-match.ts'
import type { MutationLevels } from './mutation-levels.ts'
import type { HostRewrite } from './rewrite.ts'
import type { GrpcTimeout, RouteActionConfig } from './route-action.ts'
import { routeTimeouts } from './timeouts.ts'

/** What all entries of one route share; `stats` is set once, before the first request. */
export interface EntryBase {
  stats: RouteTrafficStats | undefined
  readonly bodyBufferLimitBytes: number | undefined
  /** Of the virtual host. */
  readonly hedgesOnPerTryTimeout: boolean
  /** Of the virtual host or, where that has none, of the table. */
  readonly mirrorPolicies: readonly MirrorPolicy[]
}

export class ForwardingEntry implements RouteEntry {
  readonly clusterName: string
  readonly timeouts: RequestTimeouts
  readonly metadataMatch: MetadataMatch | undefined
  readonly #base: EntryBase
  readonly #action: RouteActionConfig
  readonly #mutations: MutationLevels
  readonly #hostRewrite: HostRewrite | undefined
  readonly #retryPolicy: RetryPolicy | undefined

  constructor(
    clusterName: string,
    base: EntryBase,
    action: RouteActionConfig,
    mutations: MutationLevels,
    cluster: WeightedCluster | undefined,
    retryPolicy: RetryPolicy | undefined,
  ) {
    this.clusterName = clusterName
    this.#base = base
    this.#action = action
    this.#mutations = mutations
    this.#hostRewrite = action.hostRewrite
    this.metadataMatch = mergeMetadataMatch(action.metadataMatch, cluster?.metadataMatch)
    this.#retryPolicy = retryPolicy
    this.timeouts = routeTimeouts(action.timeoutMs, retryPolicy, this.hedgesOnPerTryTimeout)
  }

  get stats(): RouteTrafficStats | undefined {
    return this.#base.stats
  }

  get bodyBufferLimitBytes(): number | undefined {
    return this.#base.bodyBufferLimitBytes
  }

  get hedgesOnPerTryTimeout(): boolean {
    return this.#action.hedgesOnPerTryTimeout ?? this.#base.hedgesOnPerTryTimeout
  }

  get clusterNotFoundStatus(): number {
    return this.#action.clusterNotFoundStatus
  }

  get timeoutMs(): number {
    return this.#action.timeoutMs
  }

  get idleTimeoutMs(): number | undefined {
    return this.#action.idleTimeoutMs
  }

  get maxStreamDurationMs(): number | undefined {
    return this.#action.maxStreamDurationMs
  }

  get grpcTimeoutHeader(): GrpcTimeout | undefined {
    return this.#action.grpcTimeoutHeader
  }

  get usesStreamDuration(): boolean {
    return this.#action.usesStreamDuration
  }

  get maxGrpcTimeout(): GrpcTimeout | undefined {
    return this.#action.maxGrpcTimeout
  }

  get priority(): 'default' | 'high' {
    return this.#action.priority
  }

  get autoHostRewrite(): boolean {
    return this.#action.autoHostRewrite
  }

  get appendXForwardedHost(): boolean {
    return this.#action.appendXForwardedHost
  }

  get rateLimits(): RateLimitPolicy {
    return this.#action.rateLimits
  }

  get includeVirtualHostRateLimits(): boolean {
    return this.#action.includeVirtualHostRateLimits
  }

  get cors(): CorsPolicy | undefined {
    return this.#action.cors
  }

  get hashPolicy(): HashPolicy | undefined {
    return this.#action.hashPolicy
  }

  get mirrorPolicies(): readonly MirrorPolicy[] {
    return this.#action.mirrorPolicies ?? this.#base.mirrorPolicies
  }

  get connectConfig(): ConnectConfig | undefined {
    return this.#action.connectConfig
  }

  get internalRedirectPolicy(): InternalRedirectPolicy | undefined {
    return this.#action.internalRedirectPolicy
  }

  get retryPolicy(): RetryPolicy | undefined {
    return this.#retryPolicy
  }

  upgradeEnabled(type: string): boolean | undefined {
    return this.#action.upgrades.get(type.toLowerCase())
  }

  finalizeRequestHeaders(headers: RequestHeaders, streamInfo: StreamInfo, namesOriginals: boolean): void {
    // Mutations see the request as it was matched; only then path and host change.
    this.#mutations.applyToRequest(headers, streamInfo)
    if (headers.method === 'CONNECT') restorePort(headers, streamInfo.connectPort)
    const host = this.#hostRewrite?.(headers, streamInfo)
    if (host !== undefined) rewriteAuthority(headers, host, namesOriginals, this.#action.appendXForwardedHost)
    const { pathRewrite } = this.#action
    if (pathRewrite === undefined) return
    const path = pathRewrite(headers, streamInfo)
    // A request cannot go without a path: what is rewritten to nothing stays.
    if (path === '') return
    if (namesOriginals) headers.set('x-envoy-original-path', headers.path)
    headers.path = path
    if (!isFieldValue(path)) headers.doubtful = true
  }

  finalizeResponseHeaders(headers: ResponseHeaders, streamInfo: StreamInfo): void {
    this.#mutations.applyToResponse(headers, streamInfo)
  }
}

function restorePort(headers: RequestHeaders, port: number | undefined): void {
  const host = headers.authority ?? ''
  if (port !== undefined && host !== '' && portStart(host) < 0) headers.authority = `${host}:${port}`
}

/** Replaces the host and says, where asked, in x-envoy-original-host and x-forwarded-host what it was. */
export function rewriteAuthority(
  headers: RequestHeaders,
  host: string,
  namesOriginal: boolean,
  appendXForwardedHost: boolean,
): void {
  const before = headers.authority
  if (before !== undefined && before !== '') {
    if (namesOriginal) headers.set('x-envoy-original-host', before)
    if (appendXForwardedHost && lastItem(headers.get('x-forwarded-host')) !== before) {
      headers.append('x-forwarded-host', before)
    }
  }
  headers.authority = host
  if (!isFieldValue(host)) headers.doubtful = true
}

function lastItem(list: string | undefined): string | undefined {
  return list?.slice(list.lastIndexOf(',') + 1).trim()
}
