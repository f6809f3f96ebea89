/**
 * Route tables by name on the main thread: one subscription for all connection managers that ask for the same table from
 * the same source (Envoy's RouteConfigProviderManagerImpl). An accepted table goes to every worker.
 */
import type { Message } from '../api/config.ts'
import type { RouteSubscriptionRequest } from '../api/discovery.ts'
import type { Logger } from '../api/log.ts'
import type { Counter, Gauge, Scope } from '../api/stats.ts'
import type { DiscoveredResource } from '../api/subscription.ts'
import { SharedSubscription } from '../xds/shared/shared-subscription.ts'
import type { SharedSubscriptionsDeps } from '../xds/shared/shared-subscriptions.ts'
import { SharedSubscriptions } from '../xds/shared/shared-subscriptions.ts'

export interface RouteConfigSubscriptionsDeps extends SharedSubscriptionsDeps {
  /** The server's root. */
  readonly scope: Scope
  readonly logger: Logger
  wallNow(): number
  /** Proves a table; what is wrong with it, or undefined. */
  check(table: Message): string | undefined
  /** To every worker. */
  send(key: string, table: Message): void
}

/** For /config_dump. */
export interface DynamicRouteConfig {
  readonly message: Message
  readonly version: string
  readonly lastUpdatedMs: number
}

const ROUTES = 'envoy.config.route.v3.RouteConfiguration'
const SOURCE = 'source/common/rds/rds_route_config_subscription.cc'

export class RouteConfigSubscriptions extends SharedSubscriptions<RouteSubscriptionRequest, SharedRoutes> {
  readonly #deps: RouteConfigSubscriptionsDeps

  constructor(deps: RouteConfigSubscriptionsDeps) {
    super(ROUTES, deps)
    this.#deps = deps
  }

  list(): readonly DynamicRouteConfig[] {
    return this.all().flatMap(({ table }) => table ?? [])
  }

  protected scopeOf({ statPrefix, name }: RouteSubscriptionRequest): Scope {
    return this.#deps.scope.scope(`http.${statPrefix}`).scope('rds').scope(name)
  }

  protected open(request: RouteSubscriptionRequest, scope: Scope): SharedRoutes {
    return new SharedRoutes(request, scope, this.#deps)
  }
}

class SharedRoutes extends SharedSubscription {
  table: DynamicRouteConfig | undefined = undefined
  readonly #request: RouteSubscriptionRequest
  readonly #deps: RouteConfigSubscriptionsDeps
  readonly #stats: RdsStats
  #text = ''

  constructor(request: RouteSubscriptionRequest, scope: Scope, deps: RouteConfigSubscriptionsDeps) {
    super(`shared target RdsRouteConfigSubscription RDS init ${request.name}`, scope)
    this.#request = request
    this.#deps = deps
    this.#stats = createRdsStats(scope)
  }

  onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined {
    const misfit = this.#misfitOf(resources)
    if (misfit !== undefined) return misfit
    const [resource] = resources
    if (resource === undefined) this.#stats.updateEmpty.inc()
    else {
      const refusal = this.#deps.check(resource.message)
      if (refusal !== undefined) return refusal
      this.#take(resource.message, version)
    }
    this.target.ready()
    return undefined
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
    this.#stats.configReload.inc()
    this.#stats.configReloadTime.set(Math.floor(now))
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
