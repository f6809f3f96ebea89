/** A route table for each scope of requests (HttpConnectionManager.scoped_routes, with the scopes in the configuration). */
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { Route, RouteConfig, RouteConfigProvider } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { ScopeKeyBuilder } from './scope-key.ts'
import { readScopeKeyBuilder, scopeKey } from './scope-key.ts'

export interface ScopedRoutes<T> {
  readonly name: string
  readonly keyOf: ScopeKeyBuilder
  /** What `readTable` made, by the key of its scope. */
  readonly scopes: ReadonlyMap<string, T>
}

/** `readTable` reads the table of one ScopedRouteConfiguration. */
export function readScopedRoutes<T>(reader: Reader, readTable: (scope: Reader) => T): ScopedRoutes<T> {
  const scopes = new Map<string, T>()
  reader.message('scoped_route_configurations_list', (list) =>
    list.messages('scoped_route_configurations', (scope) => {
      scope.string('name')
      const key = scope.message('key', (message) => scopeKey(message.messages('fragments', readKeyFragment))) ?? ''
      scope.ignore('on_demand', 'tables are got before they are asked for')
      // Of two scopes with one key the last one counts.
      scopes.set(key, readTable(scope))
    }),
  )
  return {
    name: reader.string('name'),
    keyOf: reader.message('scope_key_builder', readScopeKeyBuilder) ?? (() => undefined),
    scopes,
  }
}

function readKeyFragment(reader: Reader): string {
  return reader.string('string_key')
}

/** The tables of one thread as one: a request that is in no scope has no route. */
export class ScopedRouteConfig implements RouteConfig {
  readonly name: string
  readonly #keyOf: ScopeKeyBuilder
  readonly #tables: ReadonlyMap<string, RouteConfigProvider>

  constructor(name: string, keyOf: ScopeKeyBuilder, tables: ReadonlyMap<string, RouteConfigProvider>) {
    this.name = name
    this.#keyOf = keyOf
    this.#tables = tables
  }

  route(headers: RequestHeaders, streamInfo: StreamInfo, randomValue: number): Route | undefined {
    const key = this.#keyOf(headers)
    if (key === undefined) return undefined
    return this.#tables.get(key)?.current?.route(headers, streamInfo, randomValue)
  }
}
