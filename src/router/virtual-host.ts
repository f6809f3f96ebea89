/** envoy.config.route.v3.VirtualHost, parsed. */
import type { ParseContext } from '../api/extension.ts'
import type { Reader } from '../api/config.ts'
import type { Route, VirtualHost } from '../api/route.ts'
import type { Runtime } from '../api/runtime.ts'
import type { MutationPair } from './header-mutations.ts'
import { readMutationPair } from './header-mutations.ts'
import { MutationLevels } from './mutation-levels.ts'
import type { PerFilterConfigs } from './per-filter-config.ts'
import { readPerFilterConfigs } from './per-filter-config.ts'
import { TLS_REDIRECT } from './redirect.ts'
import type { RequestView } from './request-view.ts'
import { readRetryPolicy } from './retry-policy.ts'
import { RouteList } from './route-list.ts'
import { ChosenRoute, RouteReply } from './route.ts'
import type { TableRoute } from './table-route.ts'
import { readTableRoute } from './table-route.ts'

/** What the route table hands down. */
export interface TableScope {
  readonly routeConfigName: string
  readonly mutations: MutationPair
  readonly filterConfigs: PerFilterConfigs
  readonly mostSpecificMutationsWin: boolean
  readonly maxDirectResponseBodyBytes: number
}

type TlsRequirement = 'NONE' | 'EXTERNAL_ONLY' | 'ALL'

export class VirtualHostTable {
  readonly domains: readonly string[]
  readonly #routes: RouteList<TableRoute>
  readonly #requireTls: TlsRequirement
  readonly #tlsRedirect: Route

  constructor(domains: readonly string[], routes: RouteList<TableRoute>, requireTls: TlsRequirement, tlsRedirect: Route) {
    this.domains = domains
    this.#routes = routes
    this.#requireTls = requireTls
    this.#tlsRedirect = tlsRedirect
  }

  route(request: RequestView, runtime: Runtime): Route | undefined {
    if (this.#requireTls !== 'NONE' && needsTls(this.#requireTls, request)) return this.#tlsRedirect
    return this.#routes.find(request, runtime)?.choose(request, runtime)
  }
}

function needsTls(requirement: TlsRequirement, { headers }: RequestView): boolean {
  if (headers.get('x-forwarded-proto') === 'https') return false
  return requirement === 'ALL' || headers.get('x-envoy-internal') !== 'true'
}

export function readVirtualHost(reader: Reader, table: TableScope, context: ParseContext): VirtualHostTable {
  const virtualHost: VirtualHost = {
    name: reader.string('name'),
    routeConfigName: table.routeConfigName,
    includeAttemptCountInRequest: reader.bool('include_request_attempt_count', false),
    includeAttemptCountInResponse: reader.bool('include_attempt_count_in_response', false),
  }
  const scope = {
    base: { virtualHost },
    mutations: [readMutationPair(reader), table.mutations],
    filterConfigs: [readPerFilterConfigs(reader, context), table.filterConfigs],
    mostSpecificMutationsWin: table.mostSpecificMutationsWin,
    maxDirectResponseBodyBytes: table.maxDirectResponseBodyBytes,
    retryPolicy: reader.message('retry_policy', readRetryPolicy),
  }
  reader.message('metadata', (metadata) => metadata.struct('filter_metadata'))
  const routes = reader.messages('routes', (route) => readTableRoute(route, scope, context))
  const redirect = new RouteReply(TLS_REDIRECT.status, '', TLS_REDIRECT, new MutationLevels([], false))
  return new VirtualHostTable(
    reader.strings('domains'),
    new RouteList(routes),
    reader.enumeration<TlsRequirement>('require_tls', 'NONE'),
    new ChosenRoute({ ...scope.base, name: '', metadata: undefined }, scope.filterConfigs, undefined, redirect),
  )
}
