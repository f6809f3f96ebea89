import type { AccessLogFiles, AccessLogger, FormatterContext } from './access-log.ts'
import type { CompressorFactory, DecompressorFactory } from './compression.ts'
import type { Message, Reader } from './config.ts'
import type { DiscoveredTokenBucket, DiscoveryRequest, FilterConfigProvider } from './discovery.ts'
import type { DnsCaches } from './dns-cache.ts'
import type { EarlyHeaderMutator, OriginalIpDetector } from './early-request.ts'
import type { Dispatcher, Random } from './event.ts'
import type { HttpFilterFactory } from './http.ts'
import type { HttpCache } from './http-cache.ts'
import type { OpenKeyValueStore } from './key-value-store.ts'
import type { ListenerFilterFactory } from './listener-filter.ts'
import type { Logger } from './log.ts'
import type { NetworkFilterFactory } from './network.ts'
import type { Overload, ResourceMonitor } from './overload.ts'
import type { RouteConfigProvider, ScopedRoutes } from './route.ts'
import type { Runtime } from './runtime.ts'
import type { SessionStateFactory } from './stateful-session.ts'
import type { Scope } from './stats.ts'
import type { SharedStates } from './shared-states.ts'
import type { StatsSink } from './stats-sink.ts'
import type { DownstreamTransportSockets, UpstreamTransportSockets } from './transport-socket.ts'
import type { ResourceAttributes, TraceSampler, Tracer } from './tracing.ts'
import type { ClusterView } from './upstream.ts'

/*
 * An extension is a self-describing record. `parse` turns configuration into trusted data; it runs on the
 * main thread to prove and on each worker to build, reports errors through the reader and never throws.
 * `create` runs on the thread that will use the product and never fails on configuration.
 */

/**
 * What each category makes. `unknown`: nothing; what its `parse` returns is all that its users want, and they name the type
 * where they read it.
 */
export interface ExtensionProducts {
  'envoy.filters.listener': ListenerFilterFactory
  'envoy.filters.network': NetworkFilterFactory
  'envoy.filters.http': HttpFilterFactory
  'envoy.access_loggers': AccessLogger
  'envoy.access_loggers.extension_filters': AccessLogFilter
  /* Transport sockets: undefined where bytes pass as they are. */
  'envoy.transport_sockets.downstream': DownstreamTransportSockets | undefined
  'envoy.transport_sockets.upstream': UpstreamTransportSockets | undefined
  'envoy.clusters': unknown
  'envoy.upstream_options': unknown
  'envoy.load_balancing_policies': unknown
  'envoy.health_checkers': unknown
  'envoy.request_id': unknown
  'envoy.http.original_ip_detection': OriginalIpDetector
  'envoy.http.early_header_mutation': EarlyHeaderMutator
  'envoy.http.stateful_session': SessionStateFactory
  'envoy.http.cache': HttpCache
  'envoy.resource_monitors': ResourceMonitor
  'envoy.stats_sinks': StatsSink
  'envoy.tracers': Tracer
  'envoy.tracers.opentelemetry.samplers': TraceSampler
  'envoy.tracers.opentelemetry.resource_detectors': ResourceAttributes
  'envoy.network.dns_resolver': unknown
  'envoy.common.key_value': OpenKeyValueStore
  'envoy.compression.compressor': CompressorFactory
  'envoy.compression.decompressor': DecompressorFactory
}

export type ExtensionCategory = keyof ExtensionProducts

/** Of envoy.access_loggers.extension_filters; one object per configuration and thread. */
export interface AccessLogFilter {
  /** False: the record is not logged. Once a record. */
  evaluate(context: FormatterContext): boolean
}

/** `C` is what `parse` returns and `create` takes. */
export interface Extension<C = unknown, K extends ExtensionCategory = ExtensionCategory> {
  readonly category: K
  /** Well-known name, `envoy.filters.http.router`. */
  readonly name: string
  /** Full proto names without `type.googleapis.com/`. The first is the canonical one. */
  readonly typeNames: readonly string[]
  /** stable: complete for its issue; partial: some fields are refused; see its README. */
  readonly status: 'stable' | 'partial'
  readonly securityPosture:
    | 'robust_to_untrusted_downstream'
    | 'robust_to_untrusted_downstream_and_upstream'
    | 'requires_trusted_downstream_and_upstream'
  /** The last filter of a chain. */
  readonly terminal?: boolean
  /** An HTTP filter that may also stand in front of an upstream. */
  readonly upstream?: boolean
  /** Type name and parser of typed_per_filter_config, when the filter has one. */
  readonly perRoute?: { readonly typeName: string; readonly parse: (reader: Reader, context: ParseContext) => unknown }
  parse(reader: Reader, context: ParseContext): C
  create(config: C, context: FactoryContext): ExtensionProducts[K]
}

/** The result of resolving a typed_config: call `create` on the thread that will use it. */
export interface ExtensionConfig<K extends ExtensionCategory = ExtensionCategory> {
  readonly extension: Extension<unknown, K>
  readonly config: unknown
  /** `name` of the entry in the configuration. */
  readonly name: string
}

/** What parsers may ask while proving a configuration. A plain object: parsers may spread it to change one member. */
export interface ParseContext {
  /**
   * Resolves `field` (an Any, or a message with `name` + `typed_config` when `named`) of `reader` in `category`.
   * Reports unknown or unsupported types through the reader and then returns undefined.
   */
  extension<K extends ExtensionCategory>(reader: Reader, field: string, category: K): ExtensionConfig<K> | undefined
  /** Resolves the reader's own message (`name`, `typed_config`), the usual shape of filters and loggers. */
  namedExtension<K extends ExtensionCategory>(reader: Reader, category: K): ExtensionConfig<K> | undefined
  /**
   * The extension of this name with nothing configured, which `field` stands for. Reports through `reader` when this build
   * has none.
   */
  impliedExtension<K extends ExtensionCategory>(
    reader: Reader,
    field: string,
    category: K,
    name: string,
  ): ExtensionConfig<K> | undefined
  /**
   * One value of a typed_per_filter_config map: `reader` reads what the Any holds (a filter's own per-route message
   * or the FilterConfig around it). Reports errors through `reader`; undefined when there is nothing to use (error,
   * or an optional filter that is not known).
   */
  perRouteConfig(reader: Reader, filterName: string): PerRouteFilterConfig | undefined
  /** HTTP filters that are read stand in front of upstreams. */
  readonly isUpstream?: true
  /** Checks that a static route may name this cluster; undefined when clusters are not checked (RDS). */
  readonly clusterNames: ReadonlySet<string> | undefined
  /** `tracing.http` of the bootstrap: a connection manager's tracer where it names none itself. */
  readonly defaultTracer?: Message | undefined
  /** Opens access log files to prove that they can be opened. */
  readonly accessLogFiles: AccessLogFiles
  /** The extension that reads this type; 'unsupported': Envoy may have one. */
  extensionOfType<K extends ExtensionCategory>(
    category: K,
    typeName: string,
  ): Extension<unknown, K> | 'unsupported' | undefined
  /** Something has to come from elsewhere; set where somebody sees to it (the main thread). */
  readonly require?: (request: DiscoveryRequest) => void
  /** Somebody uses a DNS cache; what is wrong with that, if anything. Set where `require` is. */
  readonly requireDnsCache?: (request: DnsCacheRequest) => string | undefined
}

/** A DNS cache by name. */
export interface DnsCacheRequest {
  readonly name: string
  /** Equal for all that may share the name. */
  readonly text: string
  /** As `upstream/dns-cache` reads it. */
  readonly config: unknown
}

/** What a route says about one http filter. */
export interface PerRouteFilterConfig {
  /** As the filter's own `perRoute.parse` returned it; undefined when the entry only disables. */
  readonly config: unknown
  /** Any entry that does not disable the filter enables it, also one that is disabled by default. */
  readonly disabled: boolean
}

/** What products may use while they live. One per thread and listener (scope = the server's root unless said). */
export interface FactoryContext {
  readonly dispatcher: Dispatcher
  readonly scope: Scope
  /** `http.<stat_prefix>.` of the connection manager inside http filters; the root elsewhere. */
  readonly httpScope: Scope
  /** `listener.<address>.` of the listener that the product belongs to. */
  readonly listenerScope: Scope
  readonly clusters: ClusterView
  readonly dnsCaches: DnsCaches
  readonly runtime: Runtime
  readonly random: Random
  readonly accessLogFiles: AccessLogFiles
  readonly localInfo: LocalInfo
  readonly drain: DrainDecision
  readonly health: { readonly failed: boolean }
  readonly overload: Overload
  /** Numbers that all threads have in common, by names that are the listener's own. */
  readonly shared: SharedStates
  logger(component: string): Logger
  /** The table of a `RouteSubscriptionRequest` by its key; without one until it comes. */
  routes(key: string): RouteConfigProvider
  /** The scopes of a `ScopeSubscriptionRequest` by its key. */
  scopedRoutes(key: string): ScopedRoutes
  /** The filter of a `FilterSubscriptionRequest` by its key. */
  filterConfigs(key: string): FilterConfigProvider
  /** The bucket of a `TokenBucketSubscriptionRequest` by its key. */
  tokenBuckets(key: string): DiscoveredTokenBucket
  readonly listenerDirection: 'UNSPECIFIED' | 'INBOUND' | 'OUTBOUND'
}

export interface LocalInfo {
  readonly nodeId: string
  readonly clusterName: string
  readonly zone: string
  readonly region: string
  readonly subZone: string
  /** This machine's own non-loopback address (see --local-address-ip-version). */
  readonly localAddress: string
  readonly nodeMetadata: Readonly<Record<string, unknown>>
  /** `<commit>/1.40.0/Clean/RELEASE/BoringSSL` */
  readonly buildVersion: string
}

/** Whether a connection should be closed now that it was used; each look is a throw of the dice. */
export interface DrainDecision {
  /** After this response. Certain after half of the drain time, which leaves the other half for the rest. */
  readonly drainClose: boolean
  /** For connections without responses: certain only at the end of the drain time. */
  readonly rawDrainClose: boolean
}
