/** Where routes come from: a table in the configuration. Tables by name (rds) and scopes are refused by name. */
import type { Reader } from '../../../../api/config.ts'
import type { FactoryContext, ParseContext } from '../../../../api/extension.ts'
import type { RouteConfigProvider } from '../../../../api/route.ts'
import { parseRouteConfiguration } from '../../../../router/route-config.ts'

export interface RouteSource {
  readonly internalOnlyHeaders: readonly string[]
  readonly create: (context: FactoryContext) => RouteConfigProvider
}

const NO_ROUTES: RouteSource = { internalOnlyHeaders: [], create: () => ({ current: undefined }) }

export function readRoutes(reader: Reader, context: ParseContext): RouteSource {
  const parsed = reader.message('route_config', (table) => parseRouteConfiguration(table, context))
  if (parsed === undefined) return NO_ROUTES
  return {
    internalOnlyHeaders: parsed.internalOnlyHeaders,
    create: ({ runtime, scope }) => ({ current: parsed.bind(runtime, scope) }),
  }
}
