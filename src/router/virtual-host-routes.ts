/**
 * The routes of a virtual host: the list of `routes`, or the lists that the generic matcher of `matcher` leads to. An
 * action of that matcher is a route or a list of routes, and each has its own match besides.
 */
import type { AnyReader, Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'
import type { Runtime } from '../api/runtime.ts'
import type { MatchTree, MatchTreeDeps } from '../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../config/matchers/tree/read-match-tree.ts'
import type { RequestView } from './request-view.ts'
import { RouteList } from './route-list.ts'
import type { RouteScope, TableRoute } from './table-route.ts'
import { readTableRoute } from './table-route.ts'

export interface VirtualHostRoutes {
  readonly all: readonly TableRoute[]
  /** The first that matches. */
  find(request: RequestView, runtime: Runtime): TableRoute | undefined
  /** Once, before the first request. */
  bind(deps: MatchTreeDeps): void
}

export function readVirtualHostRoutes(reader: Reader, scope: RouteScope, context: ParseContext): VirtualHostRoutes {
  const routes = reader.messages('routes', (route) => readTableRoute(route, scope, context))
  // Clusters in a tree are not checked, as little as Envoy does.
  const matched = reader.message('matcher', (tree) => readTree(tree, scope, { ...context, clusterNames: undefined }))
  if (matched === undefined) return new ListedRoutes(routes)
  if (routes.length > 0) reader.error('matcher', 'NU158', 'cannot set both matcher and routes on virtual host')
  return matched
}

class ListedRoutes extends RouteList<TableRoute> implements VirtualHostRoutes {
  bind(): void {}
}

class MatchedRoutes implements VirtualHostRoutes {
  readonly all: readonly TableRoute[]
  readonly #tree: MatchTree<RouteList<TableRoute>>

  constructor(tree: MatchTree<RouteList<TableRoute>>, all: readonly TableRoute[]) {
    this.#tree = tree
    this.all = all
  }

  find(request: RequestView, runtime: Runtime): TableRoute | undefined {
    const result = this.#tree.match({ request: request.headers, streamInfo: request.streamInfo })
    return result.kind === 'match' ? result.action.find(request, runtime) : undefined
  }

  bind(deps: MatchTreeDeps): void {
    this.#tree.bind(deps)
  }
}

const ROUTE = 'envoy.config.route.v3.Route'
const ROUTE_LIST = 'envoy.config.route.v3.RouteList'

/** What may be asked before a route is known; the values of common inputs belong to no request. */
const INPUTS: ReadonlySet<string> = new Set([
  'envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
  'envoy.extensions.matching.common_inputs.network.v3.FilterStateInput',
])

function readTree(reader: Reader, scope: RouteScope, context: ParseContext): MatchedRoutes {
  const all: TableRoute[] = []
  const readRoute = (route: Reader): TableRoute => {
    const made = readTableRoute(route, scope, context)
    all.push(made)
    return made
  }
  const readAction = (any: AnyReader, at: Reader): RouteList<TableRoute> | undefined => {
    if (any.typeName === ROUTE) return new RouteList([readRoute(any.reader)])
    if (any.typeName === ROUTE_LIST) return new RouteList(any.reader.messages('routes', readRoute))
    return refuseAction(at, any)
  }
  const refusedInput = (typeName: string): string | undefined =>
    INPUTS.has(typeName)
      ? undefined
      : `Route table can only match on request headers, saw type.googleapis.com/${typeName}`
  const tree = readMatchTree(reader, { inputs: 'http', refusedInput, readAction })
  return new MatchedRoutes(tree, all)
}
