/**
 * One entry of `routes`: its match, and the objects that a request gets when it matches. Everything that can be
 * made when the table is built is made then; only `cluster_header` makes an object a request.
 */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { RetryPolicy, Route, RouteRequest, RouteTrafficStats } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { MatchTreeDeps } from '../config/matchers/tree/match-tree.ts'
import type { BodyBufferLimits } from './body-buffer-limit.ts'
import { bodyBufferLimit, readBodyBufferLimits } from './body-buffer-limit.ts'
import type { WeightedCluster } from './cluster-choice.ts'
import type { ClusterSpecifier, ClusterSpecifiers } from './cluster-specifier.ts'
import { readDirectResponse } from './direct-response.ts'
import type { MutationPair } from './header-mutations.ts'
import { readMutationPair } from './header-mutations.ts'
import { readMetadata } from './metadata.ts'
import type { InheritedMirrors } from './mirror/mirror-policy.ts'
import { MutationLevels } from './mutation-levels.ts'
import type { PerFilterConfigs } from './per-filter-config.ts'
import { readPerFilterConfigs } from './per-filter-config.ts'
import { NO_RATE_LIMITS } from './rate-limit/rate-limit-policy.ts'
import { readRedirect, SAME_ADDRESS } from './redirect.ts'
import type { RequestView } from './request-view.ts'
import type { RouteActionConfig } from './route-action.ts'
import { readRouteAction } from './route-action.ts'
import type { EntryBase } from './route-entry.ts'
import { ForwardingEntry } from './route-entry.ts'
import type { RouteMatch } from './route-match.ts'
import { readRouteMatch } from './route-match.ts'
import type { RouteBase } from './route.ts'
import { readRouteTracing } from './route-tracing.ts'
import type { WeightedChoice } from './weighted-choice.ts'
import { chooseWeighted } from './weighted-choice.ts'
import { ChosenRoute, RouteReply } from './route.ts'

/** What a route inherits from the levels above it. */
export interface RouteScope {
  readonly base: Omit<RouteBase, 'name' | 'metadata' | 'tracing'>
  /** Virtual host, then table. */
  readonly mutations: readonly MutationPair[]
  readonly filterConfigs: readonly PerFilterConfigs[]
  readonly mostSpecificMutationsWin: boolean
  readonly maxDirectResponseBodyBytes: number
  readonly retryPolicy: RetryPolicy | undefined
  readonly bodyBufferLimits: BodyBufferLimits
  readonly hedgesOnPerTryTimeout: boolean
  readonly mirrors: InheritedMirrors
  readonly specifiers: ClusterSpecifiers
  readonly ignoresPathParameters: boolean
}

type Chooser = (request: RequestView, runtime: Runtime) => ChosenRoute

export interface TableRoute {
  readonly match: RouteMatch
  readonly choose: Chooser
  /** '' for none. */
  readonly statPrefix: string
  /** Starts to count; once, before the first request. */
  readonly countIn: (stats: RouteTrafficStats) => void
  /** Gives matchers what they use of the thread; once, before the first request. */
  readonly bind: (deps: MatchTreeDeps) => void
}

export function readTableRoute(reader: Reader, scope: RouteScope, context: ParseContext): TableRoute {
  const base: RouteBase = {
    ...scope.base,
    name: reader.string('name'),
    metadata: readMetadata(reader),
    tracing: readRouteTracing(reader),
  }
  const match = reader.message('match', (message) => readRouteMatch(message, scope.ignoresPathParameters))!
  const builder = new RouteBuilder(reader, base, scope, context)
  // Whatever its action is.
  if (reader.oneof('action') !== 'route') scope.mirrors.checkClusters(context)
  return {
    match,
    choose: readChooser(reader, builder, match, context),
    statPrefix: reader.string('stat_prefix'),
    countIn: (stats) => builder.countIn(stats),
    bind: (deps) => builder.specifier?.bind(deps),
  }
}

function readChooser(reader: Reader, builder: RouteBuilder, match: RouteMatch, context: ParseContext): Chooser {
  switch (reader.oneof('action')) {
    case 'redirect':
      return builder.redirect(reader, match)
    case 'non_forwarding_action':
      reader.message('non_forwarding_action', (action) => action.keep())
      return builder.nowhere()
    case 'filter_action':
      reader.message('filter_action', (action) => action.keep())
      return builder.nowhere()
    case 'direct_response':
      return builder.directResponse(reader, context)
    default:
      return builder.forward(reader, match, context)
  }
}

class RouteBuilder {
  readonly #base: RouteBase
  readonly #scope: RouteScope
  readonly #own: MutationPair
  readonly #filterConfigs: PerFilterConfigs
  readonly #entryBase: EntryBase
  specifier: ClusterSpecifier | undefined = undefined

  constructor(reader: Reader, base: RouteBase, scope: RouteScope, context: ParseContext) {
    this.#base = base
    this.#scope = scope
    this.#own = readMutationPair(reader)
    this.#filterConfigs = readPerFilterConfigs(reader, context)
    this.#entryBase = {
      stats: undefined,
      bodyBufferLimitBytes: bodyBufferLimit(readBodyBufferLimits(reader, scope.bodyBufferLimits)),
      hedgesOnPerTryTimeout: scope.hedgesOnPerTryTimeout,
      mirrorPolicies: scope.mirrors.policies,
    }
  }

  countIn(stats: RouteTrafficStats): void {
    this.#entryBase.stats = stats
  }

  redirect(reader: Reader, match: RouteMatch): Chooser {
    const redirect = reader.message('redirect', (action) => readRedirect(action, match.path))!
    const route = this.#reply(new RouteReply(redirect.status, '', redirect.location, this.#levels()))
    return () => route
  }

  directResponse(reader: Reader, context: ParseContext): Chooser {
    const config = reader.message('direct_response', (action) =>
      readDirectResponse(action, this.#scope.maxDirectResponseBodyBytes, context),
    )!
    const route = this.#reply(
      new RouteReply(
        config.status,
        config.body,
        hasLocation(config.status) ? SAME_ADDRESS : undefined,
        this.#levels(),
        config.format,
      ),
    )
    return () => route
  }

  /** For servers of other protocols and gRPC's own client; to HTTP the route leads to a cluster that does not exist. */
  nowhere(): Chooser {
    const route = this.#to('', NO_ACTION)
    return () => route
  }

  forward(reader: Reader, match: RouteMatch, context: ParseContext): Chooser {
    const action = reader.message('route', (route) =>
      readRouteAction(route, match.path, context, this.#scope.specifiers),
    )
    // Another kind of action: left unread, so the reader refuses it by name.
    if (action === undefined) return () => this.#to('', NO_ACTION)
    if (action.mirrorPolicies === undefined) this.#scope.mirrors.checkClusters(context)
    const { clusters } = action
    switch (clusters.kind) {
      case 'cluster': {
        // Made when it is first chosen: never on the main thread, and for most of a thousand routes late or never.
        let route: ChosenRoute | undefined
        return () => (route ??= this.#to(clusters.name, action))
      }
      case 'header':
        return (request) => this.#to(request.headers.get(clusters.header) ?? '', action)
      case 'specifier': {
        const { specifier } = clusters
        this.specifier = specifier
        return this.#specified(action, specifier)
      }
      case 'weighted':
        return this.#weighted(action, clusters)
    }
  }

  #weighted(action: RouteActionConfig, choice: WeightedChoice): Chooser {
    const { clusters } = choice
    const at = (i: number, request: RouteRequest | undefined): ChosenRoute => {
      const { name, header } = clusters[i]!
      const refresh = (again: RouteRequest, runtime: Runtime, tried: Set<number>) => {
        tried.add(i)
        if (tried.size === clusters.length) tried.clear()
        const next = chooseWeighted(choice, again, action.hashPolicy, runtime, tried)
        return made[next] ?? at(next, again)
      }
      return this.#to(header === '' ? name : (request?.headers.get(header) ?? ''), action, clusters[i], refresh)
    }
    const made = clusters.map(({ header }, i) => (header === '' ? at(i, undefined) : undefined))
    return (request, runtime) => {
      const i = chooseWeighted(choice, request, action.hashPolicy, runtime, undefined)
      return made[i] ?? at(i, request)
    }
  }

  #specified(action: RouteActionConfig, specifier: ClusterSpecifier): Chooser {
    const to = ({ headers, streamInfo }: RouteRequest): ChosenRoute =>
      this.#to(specifier.clusterName(headers, streamInfo), action, undefined, to)
    return to
  }

  #to(
    clusterName: string,
    action: RouteActionConfig,
    cluster?: WeightedCluster,
    refresh?: Route['refresh'],
  ): ChosenRoute {
    const retryPolicy = action.retryPolicy ?? this.#scope.retryPolicy
    const entry = new ForwardingEntry(clusterName, this.#entryBase, action, this.#levels(cluster), cluster, retryPolicy)
    const configs = cluster === undefined ? this.#configs() : [cluster.perFilterConfigs, ...this.#configs()]
    return new ChosenRoute(this.#base, configs, entry, undefined, refresh)
  }

  #reply(reply: RouteReply): ChosenRoute {
    return new ChosenRoute(this.#base, this.#configs(), undefined, reply)
  }

  #configs(): readonly PerFilterConfigs[] {
    return [this.#filterConfigs, ...this.#scope.filterConfigs]
  }

  #levels(cluster?: WeightedCluster): MutationLevels {
    const levels = [this.#own, ...this.#scope.mutations]
    return new MutationLevels(cluster, levels, this.#scope.mostSpecificMutationsWin)
  }
}

function hasLocation(status: number): boolean {
  return status === 201 || (status >= 300 && status < 400)
}

const NO_ACTION: RouteActionConfig = {
  clusters: { kind: 'cluster', name: '' },
  clusterNotFoundStatus: 503,
  timeoutMs: 0,
  idleTimeoutMs: undefined,
  maxStreamDurationMs: undefined,
  grpcTimeoutHeader: undefined,
  usesStreamDuration: false,
  maxGrpcTimeout: undefined,
  priority: 'default',
  pathRewrite: undefined,
  hostRewrite: undefined,
  autoHostRewrite: false,
  appendXForwardedHost: false,
  retryPolicy: undefined,
  rateLimits: NO_RATE_LIMITS,
  includeVirtualHostRateLimits: false,
  cors: undefined,
  metadataMatch: undefined,
  hashPolicy: undefined,
  mirrorPolicies: undefined,
  connectConfig: undefined,
  internalRedirectPolicy: undefined,
  upgrades: new Map(),
  hedgesOnPerTryTimeout: undefined,
}
