/** The tables of one connection manager on one thread, by scopes that come by discovery. */
import type { RequestHeaders } from '../api/headers.ts'
import type { RouteConfig, RouteConfigProvider, ScopedRoutes } from '../api/route.ts'
import type { ScopeKeyBuilder } from './scope-key.ts'
import { ScopedRouteConfig } from './scoped-routes.ts'

export class DiscoveredScopes implements RouteConfigProvider {
  readonly #name: string
  readonly #keyOf: ScopeKeyBuilder
  readonly #scopes: ScopedRoutes
  /** Of what the config was made. */
  #tables: ScopedRoutes['current']
  #config: RouteConfig

  constructor(name: string, keyOf: ScopeKeyBuilder, scopes: ScopedRoutes) {
    this.#name = name
    this.#keyOf = keyOf
    this.#scopes = scopes
    this.#tables = scopes.current
    this.#config = new ScopedRouteConfig(name, keyOf, scopes.current)
  }

  get current(): RouteConfig {
    const tables = this.#scopes.current
    if (tables !== this.#tables) {
      this.#tables = tables
      this.#config = new ScopedRouteConfig(this.#name, this.#keyOf, tables)
    }
    return this.#config
  }

  requestUpdate(headers: RequestHeaders, done: (found: boolean) => void): void {
    const key = this.#keyOf(headers)
    if (key === undefined) done(false)
    else this.#scopes.request(key, done)
  }
}
