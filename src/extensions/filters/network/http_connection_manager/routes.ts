/** Where routes come from: a table in the configuration, one by name (RDS), or one for each scope. */
import type { Reader } from '../../../../api/config.ts'
import type { FactoryContext, ParseContext } from '../../../../api/extension.ts'
import type { RouteConfigProvider } from '../../../../api/route.ts'
import { readConfigSource } from '../../../../config/config-source.ts'
import { parseRouteConfiguration } from '../../../../router/route-config.ts'
import { readScopedRoutes, ScopedRouteConfig } from '../../../../router/scoped-routes.ts'

/** Called once per thread. */
export type RouteSource = (context: FactoryContext) => RouteConfigProvider

const NO_ROUTES: RouteSource = () => ({ current: undefined })

export function readRoutes(reader: Reader, context: ParseContext): RouteSource {
  const statPrefix = reader.string('stat_prefix')
  const discovered = reader.message('rds', (rds) => readRds(rds, statPrefix, context))
  if (discovered !== undefined) return discovered
  const scoped = reader.message('scoped_routes', (scopes) => readScopes(scopes, context))
  return scoped ?? readTable(reader, 'route_config', context) ?? NO_ROUTES
}

function readTable(reader: Reader, field: string, context: ParseContext): RouteSource | undefined {
  const parsed = reader.message(field, (table) => parseRouteConfiguration(table, context))
  return parsed && (({ runtime, scope }) => ({ current: parsed.bind(runtime, scope) }))
}

function readRds(reader: Reader, statPrefix: string, context: ParseContext): RouteSource {
  const name = reader.string('route_config_name')
  const source = reader.message('config_source', readConfigSource)
  if (source === undefined) {
    if (name.startsWith('xdstp:')) reader.unsupported('route_config_name', 'a table named by an xdstp: URL')
    else if (!reader.has('config_source')) {
      const message = "An RDS config must have either a 'config_source' or an xDS-TP based 'route_config_name'."
      reader.error(undefined, 'NU109', message)
    }
    return NO_ROUTES
  }
  const key = JSON.stringify(reader.json)
  if (context.require === undefined) reader.unsupported(undefined, 'a route table by name (rds)')
  else context.require({ kind: 'routes', key, name, source, statPrefix })
  return (factory) => factory.routes(key)
}

/** With the scopes in the configuration their tables are as well; scopes that come by SRDS are refused by name. */
function readScopes(reader: Reader, context: ParseContext): RouteSource {
  const { name, keyOf, scopes } = readScopedRoutes(reader, (scope) => {
    if (scope.string('route_configuration_name') !== '') {
      const message = 'Fetching routes via RDS (route_configuration_name) is not supported with inline scoped routes.'
      scope.error('route_configuration_name', 'NU158', message)
    }
    const table = readTable(scope, 'route_configuration', context)
    if (table !== undefined) return table
    scope.error(undefined, 'NU158', 'You must specify a route_configuration with inline scoped routes.')
    return NO_ROUTES
  })
  reader.ignore('rds_config_source', 'no table of inline scopes comes by name')
  return (factory) => {
    const tables = new Map([...scopes].map(([key, table]) => [key, table(factory)]))
    return { current: new ScopedRouteConfig(name, keyOf, tables) }
  }
}
