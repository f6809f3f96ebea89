/** envoy.config.route.v3.VirtualHost, parsed. */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { RateLimitPolicy } from '../api/rate-limit.ts'
import type { CorsPolicy, Route, VirtualCluster, VirtualHost } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { Scope } from '../api/stats.ts'
import { readBodyBufferLimits } from './body-buffer-limit.ts'
import type { ClusterSpecifiers } from './cluster-specifier.ts'
import { readCorsPolicy } from './cors-policy.ts'
import { readHedgePolicy } from './hedge-policy.ts'
import type { MutationPair } from './header-mutations.ts'
import { readMutationPair } from './header-mutations.ts'
import { readMetadata } from './metadata.ts'
import type { InheritedMirrors } from './mirror/mirror-policy.ts'
import { readInheritedMirrors } from './mirror/mirror-policy.ts'
import { MutationLevels } from './mutation-levels.ts'
import type { PerFilterConfigs } from './per-filter-config.ts'
import { readPerFilterConfigs } from './per-filter-config.ts'
import { readRateLimitPolicy } from './rate-limit/rate-limit-policy.ts'
import { TLS_REDIRECT } from './redirect.ts'
import type { RequestView } from './request-view.ts'
import { readOwnRetryPolicy } from './retry-policy.ts'
import { ChosenRoute, RouteReply } from './route.ts'
import { TrafficStats } from './traffic-stats.ts'
import type { VirtualClusters } from './virtual-cluster.ts'
import { readVirtualClusters } from './virtual-cluster.ts'
import type { VirtualHostRoutes } from './virtual-host-routes.ts'
import { readVirtualHostRoutes } from './virtual-host-routes.ts'

/** What the route table hands down. */
export interface TableScope {
  readonly routeConfigName: string
  readonly mutations: MutationPair
  readonly filterConfigs: PerFilterConfigs
  readonly mostSpecificMutationsWin: boolean
  readonly maxDirectResponseBodyBytes: number
  readonly mirrors: InheritedMirrors
  readonly specifiers: ClusterSpecifiers
  readonly ignoresPathParameters: boolean
}

export type TlsRequirement = 'NONE' | 'EXTERNAL_ONLY' | 'ALL'

export class VirtualHostTable {
  readonly host: TableVirtualHost
  readonly domains: readonly string[]
  readonly #routes: VirtualHostRoutes
  readonly #requireTls: TlsRequirement
  readonly #tlsRedirect: Route

  constructor(
    host: TableVirtualHost,
    domains: readonly string[],
    routes: VirtualHostRoutes,
    requireTls: TlsRequirement,
    tlsRedirect: Route,
  ) {
    this.host = host
    this.domains = domains
    this.#routes = routes
    this.#requireTls = requireTls
    this.#tlsRedirect = tlsRedirect
  }

  /** Starts to count under `vhost.<name>.`; once, before the first request. */
  bind(runtime: Runtime, root: Scope): void {
    const deps = { runtime, scope: root }
    this.#routes.bind(deps)
    const scope = root.scope('vhost.').scope(`${this.host.name}.`)
    this.host.virtualClusters.countIn(scope)
    for (const { statPrefix, countIn, bind } of this.#routes.all) {
      bind(deps)
      if (statPrefix !== '') countIn(new TrafficStats(scope.scope(`route.${statPrefix}.`)))
    }
  }

  route(request: RequestView, runtime: Runtime): Route | undefined {
    // As Envoy: nothing is routed of which nobody says how it came.
    const proto = request.headers.get('x-forwarded-proto')
    if (proto === undefined || proto === '') return undefined
    if (this.#requireTls !== 'NONE' && needsTls(this.#requireTls, request)) return this.#tlsRedirect
    return this.#routes.find(request, runtime)?.choose(request, runtime)
  }
}

/** What filters and the log may know of the virtual host. */
class TableVirtualHost implements VirtualHost {
  readonly name: string
  readonly routeConfigName: string
  readonly includeAttemptCountInRequest: boolean
  readonly includeAttemptCountInResponse: boolean
  readonly includeIsTimeoutRetryHeader: boolean
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  readonly rateLimits: RateLimitPolicy
  readonly cors: CorsPolicy | undefined
  readonly virtualClusters: VirtualClusters

  constructor(reader: Reader, routeConfigName: string) {
    this.name = reader.string('name')
    this.routeConfigName = routeConfigName
    this.includeAttemptCountInRequest = reader.bool('include_request_attempt_count', false)
    this.includeAttemptCountInResponse = reader.bool('include_attempt_count_in_response', false)
    this.includeIsTimeoutRetryHeader = reader.bool('include_is_timeout_retry_header', false)
    this.metadata = readMetadata(reader)
    this.rateLimits = readRateLimitPolicy(reader)
    this.cors = reader.message('cors', readCorsPolicy)
    this.virtualClusters = readVirtualClusters(reader)
  }

  virtualCluster(headers: RequestHeaders): VirtualCluster | undefined {
    return this.virtualClusters.find(headers)
  }
}

export function needsTls(requirement: TlsRequirement, { headers }: RequestView): boolean {
  if (headers.get('x-forwarded-proto') === 'https') return false
  return requirement === 'ALL' || headers.get('x-envoy-internal') !== 'true'
}

export function readVirtualHost(reader: Reader, table: TableScope, context: ParseContext): VirtualHostTable {
  const virtualHost = new TableVirtualHost(reader, table.routeConfigName)
  const scope = {
    base: { virtualHost },
    mutations: [readMutationPair(reader), table.mutations],
    filterConfigs: [readPerFilterConfigs(reader, context), table.filterConfigs],
    mostSpecificMutationsWin: table.mostSpecificMutationsWin,
    maxDirectResponseBodyBytes: table.maxDirectResponseBodyBytes,
    retryPolicy: readOwnRetryPolicy(reader),
    bodyBufferLimits: readBodyBufferLimits(reader),
    hedgesOnPerTryTimeout: readHedgePolicy(reader) ?? false,
    mirrors: readInheritedMirrors(reader) ?? table.mirrors,
    specifiers: table.specifiers,
    ignoresPathParameters: table.ignoresPathParameters,
  }
  const routes = readVirtualHostRoutes(reader, scope, context)
  const redirect = new RouteReply(
    TLS_REDIRECT.status,
    '',
    TLS_REDIRECT.location,
    new MutationLevels(undefined, [], false),
  )
  return new VirtualHostTable(
    virtualHost,
    reader.strings('domains'),
    routes,
    reader.enumeration<TlsRequirement>('require_tls', 'NONE'),
    new ChosenRoute({ ...scope.base, name: '', metadata: undefined }, scope.filterConfigs, undefined, redirect),
  )
}
