/**
 * Route tables by name on the main thread: one subscription for all connection managers that ask for the same table from
 * the same source (Envoy's RouteConfigProviderManagerImpl). An accepted table goes to every worker.
 */
import type { Message } from '../api/config.ts'
import type { DiscoveryUse, RouteSubscriptionRequest } from '../api/discovery.ts'
import type { Logger } from '../api/log.ts'
import type { Counter, Gauge, Scope } from '../api/stats.ts'
import type { DiscoveredResource, ResourceSink, Subscription, SubscriptionFactory } from '../api/subscription.ts'
import { SharedInitTarget } from '../base/shared-init-target.ts'

export interface RouteConfigSubscriptionsDeps {
  readonly subscriptions: SubscriptionFactory
  /** The server's root. */
  readonly scope: Scope
  readonly logger: Logger
  wallNow(): number
  /** Proves a table; what is wrong with it, or undefined. */
  check(table: Message): string | undefined
  /** To every worker. */
  send(key: string, table: Message): void
  /** Nobody uses it any more. */
  forget(key: string): void
  /** Statistics below a prefix. */
  forgetStats(prefix: string): void
}

/** For /config_dump. */
export interface DynamicRouteConfig {
  readonly message: Message
  readonly version: string
  readonly lastUpdatedMs: number
}

export type AcquiredRoutes =
  | { readonly ok: true; readonly use: DiscoveryUse }
  | { readonly ok: false; readonly message: string }

const ROUTES = 'envoy.config.route.v3.RouteConfiguration'
const SOURCE = 'source/common/rds/rds_route_config_subscription.cc'

export class RouteConfigSubscriptions {
  readonly #deps: RouteConfigSubscriptionsDeps
  readonly #shared = new Map<string, SharedRoutes>()

  constructor(deps: RouteConfigSubscriptionsDeps) {
    this.#deps = deps
  }

  acquire(request: RouteSubscriptionRequest): AcquiredRoutes {
    let shared = this.#shared.get(request.key)
    if (shared === undefined) {
      shared = new SharedRoutes(request, this.#deps)
      const scope = this.#deps.scope.scope(`http.${request.statPrefix}`).scope('rds').scope(request.name)
      const created = this.#deps.subscriptions.create(request.source, ROUTES, scope, shared)
      if (!created.ok) return created
      shared.subscribe(created.subscription, scope)
      this.#shared.set(request.key, shared)
    }
    return { ok: true, use: this.#use(request.key, shared) }
  }

  list(): readonly DynamicRouteConfig[] {
    return [...this.#shared.values()].flatMap(({ table }) => table ?? [])
  }

  close(): void {
    for (const shared of this.#shared.values()) shared.close()
  }

  /** Unless a table of a name that begins with this one's counts there as well. */
  #forgetStats({ statPrefix }: SharedRoutes): void {
    const others = [...this.#shared.values()]
    if (!others.some((other) => other.statPrefix.startsWith(statPrefix))) this.#deps.forgetStats(statPrefix)
  }

  #use(key: string, shared: SharedRoutes): DiscoveryUse {
    shared.users++
    return {
      target: shared.target,
      release: () => {
        if (--shared.users > 0) return
        shared.close()
        this.#shared.delete(key)
        this.#deps.forget(key)
        this.#forgetStats(shared)
      },
    }
  }
}

class SharedRoutes implements ResourceSink {
  users = 0
  statPrefix = ''
  table: DynamicRouteConfig | undefined = undefined
  readonly target: SharedInitTarget
  readonly #request: RouteSubscriptionRequest
  readonly #deps: RouteConfigSubscriptionsDeps
  #stats: RdsStats | undefined = undefined
  #subscription: Subscription | undefined = undefined
  #text = ''

  constructor(request: RouteSubscriptionRequest, deps: RouteConfigSubscriptionsDeps) {
    this.#request = request
    this.#deps = deps
    const name = `shared target RdsRouteConfigSubscription RDS init ${request.name}`
    this.target = new SharedInitTarget(name, () => this.#subscription?.start())
  }

  subscribe(subscription: Subscription, scope: Scope): void {
    this.#subscription = subscription
    this.statPrefix = scope.prefix
    this.#stats = createRdsStats(scope)
  }

  onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined {
    const misfit = this.#misfitOf(resources)
    if (misfit !== undefined) return misfit
    const [resource] = resources
    if (resource === undefined) this.#stats?.updateEmpty.inc()
    else {
      const refusal = this.#deps.check(resource.message)
      if (refusal !== undefined) return refusal
      this.#take(resource.message, version)
    }
    this.target.ready()
    return undefined
  }

  onConfigUpdateFailed(): void {
    this.target.ready()
  }

  close(): void {
    this.#subscription?.close()
  }

  /** Not the one table that was asked for. */
  #misfitOf(resources: readonly DiscoveredResource[]): string | undefined {
    const [resource, ...others] = resources
    if (resource === undefined) return undefined
    if (others.length > 0) return this.#refuse(127, `Unexpected RDS resource length: ${resources.length}`)
    const { name } = this.#request
    if (resource.name === name) return undefined
    return this.#refuse(146, `Unexpected RDS configuration (expecting ${name}): ${resource.name}`)
  }

  #refuse(line: number, message: string): string {
    this.#deps.logger.warning(`${SOURCE}:${line}`, `rds: route config '${this.#request.name}' rejected: ${message}`)
    return message
  }

  #take(message: Message, version: string): void {
    const text = JSON.stringify(message)
    if (text === this.#text) return
    this.#text = text
    const now = this.#deps.wallNow()
    this.table = { message, version, lastUpdatedMs: now }
    this.#stats?.configReload.inc()
    this.#stats?.configReloadTime.set(Math.floor(now))
    this.#deps.send(this.#request.key, message)
  }
}

interface RdsStats {
  readonly configReload: Counter
  readonly configReloadTime: Gauge
  readonly updateEmpty: Counter
}

function createRdsStats(scope: Scope): RdsStats {
  return {
    configReload: scope.counter('config_reload'),
    configReloadTime: scope.gauge('config_reload_time_ms', 'never'),
    updateEmpty: scope.counter('update_empty'),
  }
}
