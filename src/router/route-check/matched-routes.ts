/** The routes of a virtual host that a request is tried with: its list, or the one that its `matcher` leads to. */
import type { AnyReader, FieldPath, Message, Reader } from '../../api/config.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Scope } from '../../api/stats.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { readMatchTree } from '../../config/matchers/tree/read-match-tree.ts'
import { parseRoot } from '../../config/parse-root.ts'

export interface PlacedRoute {
  readonly route: Message
  readonly at: FieldPath
}

export interface MatchedRoutes {
  /** What led to the list; undefined: nothing had to. */
  readonly by: { readonly text: string; readonly at: FieldPath } | undefined
  readonly routes: readonly PlacedRoute[]
}

const HOST = 'envoy.config.route.v3.VirtualHost'
const LIST = 'envoy.config.route.v3.RouteList'

interface Action {
  readonly at: FieldPath
  readonly routes: readonly PlacedRoute[]
}

/** `at`: of the virtual host, which is known to be right. */
export function matchedRoutes(
  host: Message,
  at: FieldPath,
  headers: RequestHeaders,
  deps: { readonly runtime: Runtime; readonly scope: Scope; readonly streamInfo: StreamInfo },
): MatchedRoutes {
  const matcher = host['matcher']
  if (matcher === undefined) {
    const routes = Array.isArray(host['routes']) ? (host['routes'] as readonly Message[]) : []
    return { by: undefined, routes: routes.map((route, i) => ({ route, at: [...at, 'routes', i] })) }
  }
  const parsed = parseRoot(HOST, { matcher }, { path: at }, (reader) =>
    reader.message('matcher', (tree) => readMatchTree(tree, { inputs: 'http', readAction })),
  )
  const tree = parsed.ok ? parsed.value : undefined
  tree?.bind(deps)
  const found = tree?.match({ request: headers, streamInfo: deps.streamInfo })
  if (found?.kind !== 'match') {
    return { by: { text: 'leads to no action', at: [...at, 'matcher'] }, routes: [] }
  }
  const { action } = found
  const count = action.routes.length === 1 ? 'a route' : `${action.routes.length} routes`
  return { by: { text: `leads to ${count}`, at: action.at }, routes: action.routes }
}

function readAction(any: AnyReader, at: Reader): Action {
  const routes = any.typeName === LIST ? any.reader.messages('routes', (route) => placed(route)) : [placed(any.reader)]
  return { at: at.path, routes }
}

function placed(reader: Reader): PlacedRoute {
  return { route: reader.keep(), at: reader.path }
}
