/**
 * Scopes of requests that come by discovery (SRDS), on the main thread (Envoy's ScopedRdsConfigSubscription): one subscription
 * for all connection managers that ask the same source. Tables that scopes name are held by RDS; those of scopes on demand
 * only once a request wants them. An update is taken whole or not at all.
 */
import type { Message } from '../api/config.ts'
import type { Discoveries, DiscoveryUse, RouteSubscriptionRequest, ScopeSubscriptionRequest } from '../api/discovery.ts'
import type { Logger } from '../api/log.ts'
import type { Scope } from '../api/stats.ts'
import type { DiscoveredResource } from '../api/subscription.ts'
import { InitManager } from '../base/init-manager.ts'
import { SharedSubscription } from '../xds/shared/shared-subscription.ts'
import type { SharedSubscriptionsDeps } from '../xds/shared/shared-subscriptions.ts'
import { SharedSubscriptions } from '../xds/shared/shared-subscriptions.ts'
import { ScopeGauges } from './scope-gauges.ts'
import { scopeKeyOf } from './scope-key.ts'
import type { SentScope } from './scoped-route-tables.ts'

export interface ScopedRouteSubscriptionsDeps extends SharedSubscriptionsDeps {
  /** The server's root. */
  readonly scope: Scope
  readonly logger: Logger
  readonly discoveries: Discoveries
  wallNow(): number
  /** Proves a table that stands in a scope; what is wrong with it, or undefined. */
  check(table: Message): string | undefined
  /** To every worker. */
  send(key: string, scopes: readonly SentScope[]): void
}

/** For /config_dump. */
export interface DynamicScopes {
  readonly name: string
  readonly version: string
  readonly lastUpdatedMs: number
  /** By name. */
  readonly scopes: readonly Message[]
}

const SCOPED_ROUTES = 'envoy.config.route.v3.ScopedRouteConfiguration'
const SOURCE = 'source/common/router/scoped_rds.cc'

export class ScopedRouteSubscriptions extends SharedSubscriptions<ScopeSubscriptionRequest, SharedScopes> {
  readonly #deps: ScopedRouteSubscriptionsDeps

  constructor(deps: ScopedRouteSubscriptionsDeps) {
    super(SCOPED_ROUTES, deps)
    this.#deps = deps
  }

  /** A request on a worker is in a scope on demand. */
  onWanted(key: string, scopeName: string): void {
    this.get(key)?.load(scopeName)
  }

  list(): readonly DynamicScopes[] {
    return this.all().flatMap((shared) => shared.dump() ?? [])
  }

  protected scopeOf({ statPrefix, name }: ScopeSubscriptionRequest): Scope {
    return this.#deps.scope.scope(`http.${statPrefix}`).scope('scoped_rds').scope(name)
  }

  protected open(request: ScopeSubscriptionRequest, scope: Scope): SharedScopes {
    return new SharedScopes(request, scope, this.#deps)
  }
}

interface HeldScope {
  readonly message: Message
  /** What two versions are compared by. */
  readonly text: string
  readonly key: string
  /** Its table comes by name; undefined: it stands in the scope. */
  readonly routes: RouteSubscriptionRequest | undefined
  readonly onDemand: boolean
  /** Of its table; undefined while nobody wants it. */
  readonly use: DiscoveryUse | undefined
}

class SharedScopes extends SharedSubscription {
  readonly #request: ScopeSubscriptionRequest
  readonly #deps: ScopedRouteSubscriptionsDeps
  readonly #gauges: ScopeGauges
  #scopes: ReadonlyMap<string, HeldScope> = new Map()
  #version: string | undefined = undefined
  #lastUpdatedMs = 0

  constructor(request: ScopeSubscriptionRequest, scope: Scope, deps: ScopedRouteSubscriptionsDeps) {
    super(`shared target SRDS ${request.name}`, scope)
    this.#request = request
    this.#deps = deps
    this.#gauges = new ScopeGauges(scope)
  }

  onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined {
    const read = this.#read(resources)
    if (typeof read === 'string') return read
    const held = this.#hold(read)
    if (typeof held === 'string') return held
    const before = this.#scopes
    const gone = [...before].filter(([name]) => !held.has(name))
    const taken = [...held].some(([name, scope]) => before.get(name) !== scope)
    for (const [name, { use }] of before) if (held.get(name)?.use !== use) use?.release()
    this.#scopes = held
    // As in Envoy, scopes that go with their tables leave the version as it was.
    if (taken || gone.some(([, { routes }]) => routes !== undefined)) this.#version = version
    if (taken || gone.length > 0) this.#send()
    this.#lastUpdatedMs = this.#deps.wallNow()
    this.#gauges.onUpdate([...held.values()].map(gaugedOf), this.#lastUpdatedMs)
    this.#awaitTables()
    return undefined
  }

  /** Gets the table of a scope on demand. */
  load(name: string): void {
    const scope = this.#scopes.get(name)
    if (scope?.routes === undefined || scope.use !== undefined) return
    const acquired = this.#deps.discoveries.acquire([scope.routes])
    if (!acquired.ok) {
      // Envoy ends with a fault here.
      this.#deps.logger.warning(`${SOURCE}:158`, `srds: table of scope '${name}' cannot be had: ${acquired.message}`)
      return
    }
    const [use] = acquired.uses
    this.#scopes = new Map([...this.#scopes, [name, { ...scope, use }]])
    use?.target.initialize(() => undefined)
    this.#gauges.show([...this.#scopes.values()].map(gaugedOf))
    this.#send()
  }

  dump(): DynamicScopes | undefined {
    if (this.#version === undefined) return undefined
    const scopes = [...this.#scopes.values()].map(({ message }) => message)
    const { name } = this.#request
    return { name, version: this.#version, lastUpdatedMs: this.#lastUpdatedMs, scopes: scopes.toSorted(byName) }
  }

  override close(): void {
    super.close()
    for (const { use } of this.#scopes.values()) use?.release()
    this.#scopes = new Map()
  }

  // ----------------------------------------------------------------------------------------------------- reading

  #read(resources: readonly DiscoveredResource[]): readonly HeldScope[] | string {
    const clash = clashOf(resources)
    if (clash !== undefined) {
      this.#warn(464, clash)
      return `Error adding/updating scoped route(s): ${clash}`
    }
    const read: HeldScope[] = []
    for (const { name, message } of resources) {
      const text = JSON.stringify(message)
      const before = this.#scopes.get(name)
      const scope = before?.text === text ? before : this.#readScope(message, text)
      if (typeof scope === 'string') return scope
      read.push(scope)
    }
    return read
  }

  #readScope(message: Message, text: string): HeldScope | string {
    const key = scopeKeyOf(message)
    const onDemand = message['on_demand'] === true
    const table = message['route_configuration']
    if (table !== undefined) {
      // A message by the schema.
      const problem = this.#deps.check(table as Message)
      return problem ?? { message, text, key, routes: undefined, onDemand, use: undefined }
    }
    const name = message['route_configuration_name']
    if (typeof name !== 'string') {
      this.#warn(479, EMPTY_NAME)
      return EMPTY_NAME
    }
    const { rds, statPrefix } = this.#request
    if (rds === undefined) return 'Missing config source specifier in envoy::config::core::v3::ConfigSource'
    // As the `rds` field of a connection manager that names the same table has it.
    const routesKey = JSON.stringify({ config_source: rds.config, route_config_name: name })
    const routes = { kind: 'routes', key: routesKey, name, source: rds.source, statPrefix } as const
    return { message, text, key, routes, onDemand, use: undefined }
  }

  /** Gets what the new scopes need; the text of what cannot be had. */
  #hold(read: readonly HeldScope[]): ReadonlyMap<string, HeldScope> | string {
    const held = new Map<string, HeldScope>()
    const taken: DiscoveryUse[] = []
    for (const scope of read) {
      const name = nameOf(scope.message)
      const wanted = scope.routes !== undefined && !scope.onDemand && scope.use === undefined
      const acquired = wanted ? this.#deps.discoveries.acquire([scope.routes]) : undefined
      if (acquired?.ok === false) {
        for (const use of taken) use.release()
        return acquired.message
      }
      const use = acquired?.uses[0]
      if (use !== undefined) taken.push(use)
      held.set(name, use === undefined ? scope : { ...scope, use })
    }
    return held
  }

  #awaitTables(): void {
    const tables = new InitManager(this.target.name)
    for (const { use } of this.#scopes.values()) if (use !== undefined) tables.add(use.target)
    tables.initialize(() => this.target.ready())
  }

  #send(): void {
    const sent = [...this.#scopes].map(([name, { key, message, routes, use }]): SentScope => {
      if (routes === undefined) return { name, key, table: message['route_configuration'] as Message }
      return { name, key, routes: routes.key, isLoaded: use !== undefined }
    })
    this.#deps.send(this.#request.key, sent)
  }

  #warn(line: number, message: string): void {
    const { name } = this.#request
    this.#deps.logger.warning(`${SOURCE}:${line}`, `srds: scoped route config '${name}' rejected: ${message}`)
  }
}

const EMPTY_NAME = 'route_configuration_name is empty.'

/** Two scopes of one name, or of one key. */
function clashOf(resources: readonly DiscoveredResource[]): string | undefined {
  const names = new Set<string>()
  const byKey = new Map<string, string>()
  for (const { name } of resources) {
    if (names.has(name)) return `duplicate scoped route configuration '${name}' found`
    names.add(name)
  }
  for (const { name, message } of resources) {
    const key = scopeKeyOf(message)
    const first = byKey.get(key)
    if (first !== undefined) return `scope key conflict found, first scope is '${first}', second scope is '${name}'`
    byKey.set(key, name)
  }
  return undefined
}

function gaugedOf({ routes, onDemand, use }: HeldScope): { readonly active: boolean; readonly onDemand: boolean } {
  return { active: use !== undefined, onDemand: onDemand && routes !== undefined }
}

function nameOf(message: Message): string {
  return typeof message['name'] === 'string' ? message['name'] : ''
}

function byName(one: Message, other: Message): number {
  return nameOf(one) < nameOf(other) ? -1 : 1
}
