import type { InitTarget } from '../base/init-manager.ts'
import type { Json } from './config.ts'
import type { ExtensionConfig } from './extension.ts'
import type { ConfigSource } from './subscription.ts'

/*
 * Parts of a listener or a cluster that come from elsewhere. Whoever parses one asks for them (`ParseContext.require`);
 * whoever owns it holds them on the main thread while it lives; workers find what came under the key of the request.
 */

/** Equal keys of one kind: the same resource from the same source. */
export type DiscoveryRequest =
  | RouteSubscriptionRequest
  | FilterSubscriptionRequest
  | ScopeSubscriptionRequest
  | TokenBucketSubscriptionRequest

/** A route table by name (RDS). */
export interface RouteSubscriptionRequest {
  readonly kind: 'routes'
  /** `FactoryContext.routes` knows the table by it. */
  readonly key: string
  readonly name: string
  readonly source: ConfigSource
  /** Of the connection manager that asks; the first one's is counted under. */
  readonly statPrefix: string
}

/** Scopes of requests, each with a route table (SRDS). */
export interface ScopeSubscriptionRequest {
  readonly kind: 'scopes'
  /** `FactoryContext.scopedRoutes` knows them by it. */
  readonly key: string
  /** Of the connection manager's scoped_routes. */
  readonly name: string
  readonly source: ConfigSource
  /** Where tables come from that scopes name, as it is configured and as it was read; undefined: no scope can name one. */
  readonly rds: { readonly config: Json; readonly source: ConfigSource } | undefined
  /** Of the connection manager that asks; the first one's is counted under. */
  readonly statPrefix: string
}

/** The configuration of a filter by name (ECDS). */
export interface FilterSubscriptionRequest {
  readonly kind: 'filter'
  /** `FactoryContext.filterConfigs` knows what came by it. */
  readonly key: string
  readonly name: string
  readonly source: ConfigSource
  readonly place: FilterPlace
  /** Full proto names of the configurations that are taken. */
  readonly typeNames: readonly string[]
  /** Whoever asks waits until something has come. */
  readonly warms: boolean
}

/** A token bucket by name that the whole process takes from. */
export interface TokenBucketSubscriptionRequest {
  readonly kind: 'token-bucket'
  /** `FactoryContext.tokenBuckets` knows the bucket by it. */
  readonly key: string
  readonly name: string
  readonly source: ConfigSource
}

/** As in the statistics of Envoy. */
export type FilterKind = 'http_filter' | 'upstream_http_filter' | 'network_filter' | 'tcp_listener_filter'

/** Where a filter stands. */
export interface FilterPlace {
  readonly kind: FilterKind
  /** How Envoy calls the list: `http`, `http upgrade`, `network`. */
  readonly chain: string
  /** At the end of a list that has to end in a terminal filter. */
  readonly last: boolean
  /** Whether Envoy looks, before anything comes, if there are extensions of the types that may come. */
  readonly checked: boolean
}

/** What is held of one request. */
export interface DiscoveryUse {
  /** Ready once the resource has come or cannot come. */
  readonly target: InitTarget
  /** Once, when it is not needed any more. */
  release(): void
}

/** `message`, here and below: why it cannot be had, in Envoy's words. */
export type AcquiredDiscovery =
  | { readonly ok: true; readonly use: DiscoveryUse }
  | { readonly ok: false; readonly message: string }

export type AcquiredDiscoveries =
  | { readonly ok: true; readonly uses: readonly DiscoveryUse[] }
  | { readonly ok: false; readonly message: string }

/** On the main thread. */
export interface Discoveries {
  /** All of them or none. Nothing is read before the targets are initialized. */
  acquire(requests: readonly DiscoveryRequest[]): AcquiredDiscoveries
}

/** What came for a FilterSubscriptionRequest. */
export interface DiscoveredFilter {
  readonly filter: ExtensionConfig
  /** Full proto name of its configuration. */
  readonly typeName: string
}

/** The filter of one key on one thread. */
export interface FilterConfigProvider {
  /** Undefined while nothing came. */
  readonly current: DiscoveredFilter | undefined
  /** Tells of each change of `current`. The watcher is held weakly: it may go without a word. */
  watch(watcher: FilterConfigWatcher): void
}

export interface FilterConfigWatcher {
  onFilterConfig(): void
}

/** The bucket of a TokenBucketSubscriptionRequest on one thread; all threads take from the same one. */
export interface DiscoveredTokenBucket {
  /** Takes a token; false when there is none, or no bucket has come. */
  take(): boolean
}
