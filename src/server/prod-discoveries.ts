/** What parts of listeners and clusters come from elsewhere, by what each of them is (api/discovery.ts). */
import type {
  AcquiredDiscoveries,
  AcquiredDiscovery,
  Discoveries,
  DiscoveryRequest,
  DiscoveryUse,
} from '../api/discovery.ts'
import type { RouteConfigSubscriptions } from '../router/route-config-subscriptions.ts'
import type { ScopedRouteSubscriptions } from '../router/scoped-route-subscriptions.ts'
import type { FilterConfigSubscriptions } from '../xds/filter-config-subscriptions.ts'
import type { TokenBucketSubscriptions } from '../xds/token-bucket-subscriptions.ts'

export interface ProdDiscoveriesDeps {
  readonly routes: RouteConfigSubscriptions
  readonly scopes: ScopedRouteSubscriptions
  readonly filters: FilterConfigSubscriptions
  readonly tokenBuckets: TokenBucketSubscriptions
}

export class ProdDiscoveries implements Discoveries {
  readonly #deps: ProdDiscoveriesDeps

  constructor(deps: ProdDiscoveriesDeps) {
    this.#deps = deps
  }

  acquire(requests: readonly DiscoveryRequest[]): AcquiredDiscoveries {
    const uses: DiscoveryUse[] = []
    for (const request of requests) {
      const acquired = this.#acquireOne(request)
      if (!acquired.ok) {
        for (const use of uses) use.release()
        return acquired
      }
      uses.push(acquired.use)
    }
    return { ok: true, uses }
  }

  #acquireOne(request: DiscoveryRequest): AcquiredDiscovery {
    switch (request.kind) {
      case 'routes':
        return this.#deps.routes.acquire(request)
      case 'scopes':
        return this.#deps.scopes.acquire(request)
      case 'filter':
        return this.#deps.filters.acquire(request)
      case 'token-bucket':
        return this.#deps.tokenBuckets.acquire(request)
    }
  }
}
