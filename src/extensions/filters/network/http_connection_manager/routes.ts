/** Where routes come from: a table in the configuration, or one by name (RDS). Scopes are refused by name. */
import type { Reader } from '../../../../api/config.ts'
import type { FactoryContext, ParseContext } from '../../../../api/extension.ts'
import type { RouteConfigProvider } from '../../../../api/route.ts'
import { readConfigSource } from '../../../../config/config-source.ts'
import { parseRouteConfiguration } from '../../../../router/route-config.ts'

/** Called once per thread. */
export type RouteSource = (context: FactoryContext) => RouteConfigProvider

const NO_ROUTES: RouteSource = () => ({ current: undefined })

export function readRoutes(reader: Reader, context: ParseContext): RouteSource {
  const statPrefix = reader.string('stat_prefix')
  const discovered = reader.message('rds', (rds) => readRds(rds, statPrefix, context))
  if (discovered !== undefined) return discovered
  const parsed = reader.message('route_config', (table) => parseRouteConfiguration(table, context))
  if (parsed === undefined) return NO_ROUTES
  return ({ runtime, scope }) => ({ current: parsed.bind(runtime, scope) })
}

function readRds(reader: Reader, statPrefix: string, context: ParseContext): RouteSource {
  const name = reader.string('route_config_name')
  const source = reader.message('config_source', readConfigSource)
  if (source === undefined) return NO_ROUTES
  const key = JSON.stringify(reader.json)
  if (context.requireRoutes === undefined) reader.unsupported(undefined, 'a route table by name (rds)')
  else context.requireRoutes({ key, name, source, statPrefix })
  return (factory) => factory.routes(key)
}
