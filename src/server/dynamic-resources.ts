/** What comes after the start: subscriptions, and how the resources that they bring are proved. */
import type { Message, Parsed, UnknownFields } from '../api/config.ts'
import type { DiscoveryRequest, FilterKind } from '../api/discovery.ts'
import type { LocalInfo, ParseContext } from '../api/extension.ts'
import type { Options } from '../api/options.ts'
import { typeNameInMessage } from '../config/any-type-name.ts'
import { FILTER_CATEGORIES } from '../config/filter-discovery/filter-categories.ts'
import type { ParseRootOptions } from '../config/parse-root.ts'
import { parseRoot } from '../config/parse-root.ts'
import { criticalText } from '../config/report/critical-text.ts'
import type { ListenerConfig } from '../listener/listener-config.ts'
import { parseListener } from '../listener/listener-config.ts'
import { parseRouteConfiguration } from '../router/route-config.ts'
import { RouteConfigSubscriptions } from '../router/route-config-subscriptions.ts'
import { ScopedRouteSubscriptions } from '../router/scoped-route-subscriptions.ts'
import { upstreamContext } from '../router/upstream-filters/upstream-context.ts'
import type { ClusterConfig } from '../upstream/cluster-config.ts'
import { parseCluster } from '../upstream/cluster-config.ts'
import type { ClusterManagerConfig } from '../upstream/config/manager-config.ts'
import type { ProvedFilter } from '../xds/filter-config-subscriptions.ts'
import { FilterConfigSubscriptions } from '../xds/filter-config-subscriptions.ts'
import { TokenBucketSubscriptions } from '../xds/token-bucket-subscriptions.ts'
import { ProdSubscriptionFactory } from '../xds/subscription-factory.ts'
import type { LayeredRuntime } from '../runtime/layered-runtime.ts'
import { ProdDiscoveries } from './prod-discoveries.ts'
import { regexLimits } from './regex-limits.ts'
import type { Thread } from './thread.ts'
import type { Order } from './workers/worker-handle.ts'

export interface DynamicResourcesDeps {
  readonly options: Options
  readonly thread: Thread
  readonly localInfo: LocalInfo
  readonly runtime: Pick<LayeredRuntime, 'current' | 'countDeprecatedUses'>
  /** What the bootstrap says about all clusters. */
  readonly clusterManager: ClusterManagerConfig
  contextFor(clusterNames: ReadonlySet<string> | undefined): ParseContext
  /** Clusters that a static route may name now. */
  clusterNames(): ReadonlySet<string>
  /** Statistics below a prefix. */
  forgetStats(prefix: string): void
  /** Resolves when every worker has done it. */
  broadcast(order: Order): Promise<void>
}

const LISTENER = 'envoy.config.listener.v3.Listener'
const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const FILTER = 'envoy.config.core.v3.TypedExtensionConfig'
const ROUTES = 'envoy.config.route.v3.RouteConfiguration'
const MOST_ERRORS = 3

export class DynamicResources {
  readonly subscriptions: ProdSubscriptionFactory
  readonly routes: RouteConfigSubscriptions
  readonly scopes: ScopedRouteSubscriptions
  readonly filters: FilterConfigSubscriptions
  readonly tokenBuckets: TokenBucketSubscriptions
  readonly discoveries: ProdDiscoveries
  readonly #deps: DynamicResourcesDeps

  constructor(deps: DynamicResourcesDeps) {
    this.#deps = deps
    const { thread, options, localInfo } = deps
    const { dispatcher, log, stats } = thread
    this.subscriptions = new ProdSubscriptionFactory({
      dispatcher,
      localInfo,
      logger: log.logger('config'),
      unknownFields: dynamicUnknownFields(options),
      unknownFieldCounter: stats.root.counter('server.dynamic_unknown_fields'),
      workInProgressCounter: stats.root.counter('server.wip_protos'),
      countDeprecatedUses: (uses) => deps.runtime.countDeprecatedUses(uses),
      skipDeprecatedLogs: options.skipDeprecatedLogs,
    })
    this.routes = new RouteConfigSubscriptions({
      subscriptions: this.subscriptions,
      scope: stats.root,
      logger: log.logger('rds'),
      wallNow: () => dispatcher.wallNow,
      check: (table) => this.#routesProblem(table),
      forgetStats: (prefix) => deps.forgetStats(prefix),
      send: (key, table) => void deps.broadcast({ kind: 'routes.set', key, resource: JSON.stringify(table) }),
      forget: (key) => void deps.broadcast({ kind: 'routes.remove', key }),
    })
    this.scopes = new ScopedRouteSubscriptions({
      subscriptions: this.subscriptions,
      scope: stats.root,
      logger: log.logger('config'),
      discoveries: { acquire: (requests) => this.discoveries.acquire(requests) },
      wallNow: () => dispatcher.wallNow,
      check: (table) => this.#scopeProblem(table),
      send: (key, scopes) => void deps.broadcast({ kind: 'scopes.set', key, scopes: JSON.stringify(scopes) }),
      forget: (key) => void deps.broadcast({ kind: 'scopes.remove', key }),
      forgetStats: (prefix) => deps.forgetStats(prefix),
    })
    this.filters = new FilterConfigSubscriptions({
      subscriptions: this.subscriptions,
      scope: stats.root,
      logger: log.logger('filter'),
      discoveries: { acquire: (requests) => this.discoveries.acquire(requests) },
      forgetStats: (prefix) => deps.forgetStats(prefix),
      wallNow: () => dispatcher.wallNow,
      prove: (kind, message) => this.#proveFilter(kind, message),
      send: async (key, place, filter) =>
        deps.broadcast({ kind: 'filter.set', key, place, resource: JSON.stringify(filter) }),
      forget: (key) => void deps.broadcast({ kind: 'filter.remove', key }),
    })
    this.tokenBuckets = new TokenBucketSubscriptions({
      subscriptions: this.subscriptions,
      scope: stats.root,
      forgetStats: (prefix) => deps.forgetStats(prefix),
      send: (key, generation, bucket) =>
        void deps.broadcast({ kind: 'token-bucket.set', key, generation, resource: JSON.stringify(bucket) }),
      forget: (key) => void deps.broadcast({ kind: 'token-bucket.remove', key }),
    })
    this.discoveries = new ProdDiscoveries(this)
  }

  parseListener(message: Message): Parsed<ListenerConfig> {
    const context = this.#deps.contextFor(this.#deps.clusterNames())
    return parseRoot(LISTENER, message, this.#parseOptions(), (reader) => parseListener(reader, context))
  }

  parseCluster(message: Message): Parsed<ClusterConfig> {
    const context = this.#deps.contextFor(undefined)
    return parseRoot(CLUSTER, message, this.#parseOptions(), (reader) =>
      parseCluster(reader, context, this.#deps.clusterManager),
    )
  }

  /** A table that comes by name may name clusters that are not there, unless it asks for the check itself. */
  #routesProblem(table: Message): string | undefined {
    return this.#tableProblem(table, table['validate_clusters'] === true)
  }

  /** Of a table that stands in a scope, as of one in the configuration, the clusters have to be there. */
  #scopeProblem(table: Message): string | undefined {
    return this.#tableProblem(table, table['validate_clusters'] !== false)
  }

  #tableProblem(table: Message, validatesClusters: boolean): string | undefined {
    const names = validatesClusters ? this.#deps.clusterNames() : undefined
    const context = this.#deps.contextFor(names)
    const parsed = parseRoot(ROUTES, table, this.#parseOptions(), (reader) => parseRouteConfiguration(reader, context))
    return parsed.ok ? undefined : criticalText(parsed.errors, MOST_ERRORS)
  }

  /** Whether its clusters are there Envoy does not look at either. */
  #proveFilter(kind: FilterKind, message: Message): ProvedFilter {
    const requests: DiscoveryRequest[] = []
    const known: ParseContext = {
      ...this.#deps.contextFor(undefined),
      require: (request) => void requests.push(request),
    }
    const context = kind === 'upstream_http_filter' ? upstreamContext(known) : known
    const parsed = parseRoot(FILTER, message, this.#parseOptions(), (reader) =>
      context.namedExtension(reader, FILTER_CATEGORIES[kind]),
    )
    if (!parsed.ok) return { ok: false, message: criticalText(parsed.errors, MOST_ERRORS) }
    if (parsed.value === undefined) return { ok: false, message: 'there is no filter in it' }
    const typeName = typeNameInMessage(message['typed_config'])
    return { ok: true, filter: { filter: parsed.value, typeName }, requests }
  }

  close(): void {
    this.routes.close()
    this.scopes.close()
    this.filters.close()
    this.tokenBuckets.close()
  }

  #parseOptions(): ParseRootOptions {
    const { options, runtime } = this.#deps
    return { allowUnsupported: options.allowUnsupportedFields, regexLimits: regexLimits(runtime.current) }
  }
}

function dynamicUnknownFields(options: Options): UnknownFields {
  if (options.rejectUnknownDynamicFields) return 'error'
  return options.ignoreUnknownDynamicFields ? 'ignore' : 'warn'
}
