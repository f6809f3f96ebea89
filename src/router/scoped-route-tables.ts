/** The scopes of one thread that came by discovery (SRDS), replaced whole, and the requests that wait for a table of one. */
import type { Message } from '../api/config.ts'
import type { RouteConfig, RouteConfigProvider, ScopedRoutes } from '../api/route.ts'

/** A scope as workers get it. */
export type SentScope = { readonly name: string; /** See `scopeKey`. */ readonly key: string } & (
  | { readonly table: Message }
  /** `routes`: the key of the RouteSubscriptionRequest. Without `isLoaded` nobody has wanted the table yet. */
  | { readonly routes: string; readonly isLoaded: boolean }
)

export interface ScopedRouteTablesDeps {
  /** Of a table by name. */
  routes(key: string): RouteConfigProvider
  /** Makes a table that was proved. */
  build(table: Message): RouteConfig
  /** Asks the main thread for the table of a scope on demand. */
  want(key: string, scopeName: string): void
}

export class ScopedRouteTables {
  readonly #deps: ScopedRouteTablesDeps
  readonly #held = new Map<string, HeldScopes>()

  constructor(deps: ScopedRouteTablesDeps) {
    this.#deps = deps
  }

  /** The same object for the same key, with or without scopes in it. */
  provider(key: string): ScopedRoutes {
    return this.#at(key)
  }

  set(key: string, scopes: readonly SentScope[]): void {
    this.#at(key).replace(scopes)
  }

  /** Nobody uses them any more. */
  remove(key: string): void {
    this.#held.delete(key)
  }

  /** A table by name has come. */
  onRoutes(): void {
    for (const held of this.#held.values()) held.settle()
  }

  #at(key: string): HeldScopes {
    let held = this.#held.get(key)
    if (held === undefined) this.#held.set(key, (held = new HeldScopes(key, this.#deps)))
    return held
  }
}

interface HeldScope {
  readonly name: string
  readonly provider: RouteConfigProvider
  /** What its table was made of, where it stands in the scope. */
  readonly text: string
  readonly isLoaded: boolean
}

interface Waiting {
  readonly scopeKey: string
  done(found: boolean): void
}

class HeldScopes implements ScopedRoutes {
  current: ReadonlyMap<string, RouteConfigProvider> = new Map()
  readonly #key: string
  readonly #deps: ScopedRouteTablesDeps
  #scopes: ReadonlyMap<string, HeldScope> = new Map()
  #waiting: readonly Waiting[] = []

  constructor(key: string, deps: ScopedRouteTablesDeps) {
    this.#key = key
    this.#deps = deps
  }

  replace(scopes: readonly SentScope[]): void {
    this.#scopes = new Map(scopes.map((scope) => [scope.key, this.#held(scope)]))
    this.current = new Map([...this.#scopes].map(([key, { provider }]) => [key, provider]))
    this.settle()
  }

  request(scopeKey: string, done: (found: boolean) => void): void {
    const scope = this.#scopes.get(scopeKey)
    if (scope === undefined) return done(false)
    if (scope.provider.current !== undefined) return done(true)
    this.#waiting = [...this.#waiting, { scopeKey, done }]
    if (!scope.isLoaded) this.#deps.want(this.#key, scope.name)
  }

  /** Tells those whose table is there by now, or whose scope is gone. */
  settle(): void {
    if (this.#waiting.length === 0) return
    const before = this.#waiting
    const isSettled = ({ scopeKey }: Waiting): boolean => {
      const scope = this.#scopes.get(scopeKey)
      return scope === undefined || scope.provider.current !== undefined
    }
    this.#waiting = before.filter((waiting) => !isSettled(waiting))
    for (const waiting of before) if (isSettled(waiting)) waiting.done(this.#scopes.has(waiting.scopeKey))
  }

  #held(scope: SentScope): HeldScope {
    const { name, key } = scope
    if (!('table' in scope)) {
      const { isLoaded } = scope
      return { name, provider: isLoaded ? this.#deps.routes(scope.routes) : NOT_LOADED, text: '', isLoaded }
    }
    const text = JSON.stringify(scope.table)
    const before = this.#scopes.get(key)
    const provider = before?.text === text ? before.provider : { current: this.#deps.build(scope.table) }
    return { name, provider, text, isLoaded: true }
  }
}

const NOT_LOADED: RouteConfigProvider = { current: undefined }
