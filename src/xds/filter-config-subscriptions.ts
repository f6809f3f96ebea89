/**
 * Configurations of filters by name on the main thread (Envoy's FilterConfigProviderManagerImpl): one subscription for all
 * places that ask for the same name from the same source. What every one of them can take goes to every worker.
 */
import type { Message } from '../api/config.ts'
import type {
  AcquiredDiscovery,
  DiscoveredFilter,
  Discoveries,
  DiscoveryRequest,
  DiscoveryUse,
  FilterKind,
  FilterSubscriptionRequest,
} from '../api/discovery.ts'
import type { Logger } from '../api/log.ts'
import type { Counter, Scope } from '../api/stats.ts'
import type { DiscoveredResource } from '../api/subscription.ts'
import type { InitTarget } from '../base/init-manager.ts'
import type { SharedInitTarget } from '../base/shared-init-target.ts'
import { filterMisfit, typeMisfit } from '../config/filter-discovery/filter-misfit.ts'
import { typeNameInMessage } from '../config/any-type-name.ts'
import { SharedSubscription } from './shared/shared-subscription.ts'
import type { SharedSubscriptionsDeps } from './shared/shared-subscriptions.ts'
import { SharedSubscriptions } from './shared/shared-subscriptions.ts'

export interface FilterConfigSubscriptionsDeps extends SharedSubscriptionsDeps {
  /** The server's root. */
  readonly scope: Scope
  readonly logger: Logger
  readonly discoveries: Discoveries
  wallNow(): number
  /** Proves a TypedExtensionConfig. */
  prove(kind: FilterKind, message: Message): ProvedFilter
  /** To every worker; resolves when all have it. */
  send(key: string, kind: FilterKind, message: Message): Promise<void>
}

export type ProvedFilter =
  | {
      readonly ok: true
      readonly filter: DiscoveredFilter
      /** What it needs from elsewhere itself. */
      readonly requests: readonly DiscoveryRequest[]
    }
  | { readonly ok: false; readonly message: string }

/** For /config_dump. */
export interface DynamicFilterConfig {
  readonly kind: FilterKind
  readonly name: string
  /** Undefined: nothing that could be used has come. */
  readonly taken: { readonly message: Message; readonly version: string; readonly lastUpdatedMs: number } | undefined
}

const RESOURCE = 'envoy.config.core.v3.TypedExtensionConfig'

export class FilterConfigSubscriptions extends SharedSubscriptions<FilterSubscriptionRequest, SharedFilter> {
  readonly #deps: FilterConfigSubscriptionsDeps
  readonly #kinds = new Set<FilterKind>()

  constructor(deps: FilterConfigSubscriptionsDeps) {
    super(RESOURCE, deps)
    this.#deps = deps
  }

  /** Those that anybody has asked for since the start. */
  get kinds(): ReadonlySet<FilterKind> {
    return this.#kinds
  }

  override acquire(request: FilterSubscriptionRequest): AcquiredDiscovery {
    const acquired = super.acquire(request)
    const shared = this.get(request.key)
    if (!acquired.ok || shared === undefined) return acquired
    this.#kinds.add(request.place.kind)
    shared.addPlace(request)
    const { use } = acquired
    const release = (): void => {
      shared.removePlace(request)
      use.release()
    }
    return { ok: true, use: { target: request.warms ? use.target : unawaited(request.name, shared.target), release } }
  }

  list(): readonly DynamicFilterConfig[] {
    return this.all().map(({ kind, name, taken }) => ({ kind, name, taken }))
  }

  protected scopeOf({ name, place }: FilterSubscriptionRequest): Scope {
    return this.#deps.scope.scope(`extension_config_discovery.${place.kind}`).scope(name)
  }

  protected open(request: FilterSubscriptionRequest, scope: Scope): SharedFilter {
    return new SharedFilter(request, scope, this.#deps)
  }
}

/** For a place that takes a default meanwhile. */
function unawaited(name: string, target: SharedInitTarget): InitTarget {
  return {
    name: `target DynamicFilterConfigProviderImpl ${name}`,
    initialize: (ready) => {
      target.begin()
      ready()
    },
  }
}

class SharedFilter extends SharedSubscription {
  readonly kind: FilterKind
  readonly name: string
  taken: DynamicFilterConfig['taken'] = undefined
  readonly #key: string
  readonly #deps: FilterConfigSubscriptionsDeps
  readonly #stats: FilterConfigStats
  readonly #places: FilterSubscriptionRequest[] = []
  #filter: DiscoveredFilter | undefined = undefined
  /** What two configurations are compared by. */
  #text = ''
  /** What the filter needs from elsewhere. */
  #uses: readonly DiscoveryUse[] = []

  constructor({ key, name, place }: FilterSubscriptionRequest, scope: Scope, deps: FilterConfigSubscriptionsDeps) {
    super(`shared target FilterConfigSubscription init ${name}`, scope)
    this.#key = key
    this.name = name
    this.kind = place.kind
    this.#deps = deps
    this.#stats = createFilterConfigStats(scope)
  }

  addPlace(place: FilterSubscriptionRequest): void {
    this.#places.push(place)
    if (this.#filter === undefined) return
    const misfit = filterMisfit(place, this.#filter)
    if (misfit === undefined) return
    this.#stats.configConflict.inc()
    this.#debug(263, `ECDS subscription ${this.name} is invalid in a listener context: ${misfit}.`)
  }

  removePlace(place: FilterSubscriptionRequest): void {
    this.#places.splice(this.#places.indexOf(place), 1)
  }

  onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined {
    const [resource] = resources
    if (resource === undefined || resources.length > 1) {
      return `Unexpected number of resources in ExtensionConfigDS response: ${resources.length}`
    }
    const { name, message } = resource
    if (name !== this.name) return `Unexpected resource name in ExtensionConfigDS response: ${name}`
    const text = JSON.stringify(message['typed_config'])
    return text === this.#text ? undefined : this.#take(message, text, version)
  }

  override onConfigUpdateFailed(): void {
    this.#debug(188, `Updating filter config ${this.name} failed due to 2`)
    this.#stats.configFail.inc()
    super.onConfigUpdateFailed()
  }

  override close(): void {
    super.close()
    for (const use of this.#uses) use.release()
    this.#uses = []
  }

  #take(message: Message, text: string, version: string): string | undefined {
    const typeName = typeNameInMessage(message['typed_config'])
    const wrongType = firstOf(this.#places, (place) => typeMisfit(place, typeName))
    if (wrongType !== undefined) return wrongType
    const proved = this.#deps.prove(this.kind, message)
    if (!proved.ok) return proved.message
    const misfit = firstOf(this.#places, (place) => filterMisfit(place, proved.filter))
    if (misfit !== undefined) return misfit
    const needed = this.#deps.discoveries.acquire(proved.requests)
    if (!needed.ok) return needed.message
    for (const { target } of needed.uses) target.initialize(() => undefined)
    this.#debug(147, `Updated filter config ${this.name} accepted, posting to workers`)
    for (const use of this.#uses) use.release()
    this.#uses = needed.uses
    this.#filter = proved.filter
    this.#text = text
    this.taken = { message, version, lastUpdatedMs: this.#deps.wallNow() }
    void this.#deps.send(this.#key, this.kind, message).then(() => this.#onComplete())
    this.#debug(160, `Updated filter config ${this.name} created, warming done`)
    this.target.ready()
    return undefined
  }

  #onComplete(): void {
    this.#debug(195, `Filter config ${this.name} worker update complete`)
    this.#stats.configReload.inc()
  }

  #debug(line: number, message: string): void {
    this.#deps.logger.debug(`source/common/filter/config_discovery_impl.cc:${line}`, message)
  }
}

function firstOf<T, R>(list: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of list) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

interface FilterConfigStats {
  readonly configReload: Counter
  readonly configFail: Counter
  readonly configConflict: Counter
}

function createFilterConfigStats(scope: Scope): FilterConfigStats {
  return {
    configReload: scope.counter('config_reload'),
    configFail: scope.counter('config_fail'),
    configConflict: scope.counter('config_conflict'),
  }
}
