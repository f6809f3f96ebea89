/** Where routes come from: a table in the configuration, one by name (RDS), or one for each scope (also by SRDS). */
import type { Reader } from '../../../../api/config.ts'
import type { FactoryContext, ParseContext } from '../../../../api/extension.ts'
import type { RouteConfigProvider } from '../../../../api/route.ts'
import { readConfigSource } from '../../../../config/config-source.ts'
import { parseRouteConfiguration } from '../../../../router/route-config.ts'
import { DiscoveredScopes } from '../../../../router/discovered-scopes.ts'
import { readScopedRoutes, ScopedRouteConfig } from '../../../../router/scoped-routes.ts'

/** Called once per thread. */
export type RouteSource = (context: FactoryContext) => RouteConfigProvider

const NO_ROUTES: RouteSource = () => ({ current: undefined })

export function readRoutes(reader: Reader, context: ParseContext): RouteSource {
  const statPrefix = reader.string('stat_prefix')
  const discovered = reader.message('rds', (rds) => readRds(rds, statPrefix, context))
  if (discovered !== undefined) return discovered
  const scoped = reader.message('scoped_routes', (scopes) => readScopes(scopes, statPrefix, context))
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

function readScopes(reader: Reader, statPrefix: string, context: ParseContext): RouteSource {
  if (reader.has('scoped_rds')) return readScopedRds(reader, statPrefix, context)
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
  // With the scopes in the configuration their tables are as well.
  reader.ignore('rds_config_source', 'no table of inline scopes comes by name')
  return (factory) => {
    const tables = new Map([...scopes].map(([key, table]) => [key, table(factory)]))
    return { current: new ScopedRouteConfig(name, keyOf, tables) }
  }
}

function readScopedRds(reader: Reader, statPrefix: string, context: ParseContext): RouteSource {
  const { name, keyOf } = readScopedRoutes(reader, () => NO_ROUTES)
  const rdsSource = reader.message('rds_config_source', readConfigSource)
  const rds = rdsSource && { config: reader.json['rds_config_source'] ?? null, source: rdsSource }
  // Connection managers that name the same source share what comes from there, as in Envoy.
  const key = JSON.stringify(reader.json['scoped_rds'])
  const source = reader.message('scoped_rds', (scopes) => scopes.message('scoped_rds_config_source', readConfigSource))
  if (source === undefined) return NO_ROUTES
  if (context.require === undefined) reader.unsupported('scoped_rds', 'scopes by discovery (SRDS)')
  else context.require({ kind: 'scopes', key, name, source, rds, statPrefix })
  return (factory) => new DiscoveredScopes(name, keyOf, factory.scopedRoutes(key))
}
