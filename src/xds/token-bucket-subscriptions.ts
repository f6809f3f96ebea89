/**
 * Token buckets by name on the main thread (Envoy's RateLimiterProviderSingleton): one subscription for all that ask for the
 * same one from the same source. Whoever asks waits until a bucket has come.
 */
import type { Message } from '../api/config.ts'
import type { TokenBucketSubscriptionRequest } from '../api/discovery.ts'
import type { Scope } from '../api/stats.ts'
import type { DiscoveredResource } from '../api/subscription.ts'
import { TOKEN_BUCKET, tokenBucketOf } from '../config/token-bucket.ts'
import { SharedSubscription } from './shared/shared-subscription.ts'
import type { SharedSubscriptionsDeps } from './shared/shared-subscriptions.ts'
import { SharedSubscriptions } from './shared/shared-subscriptions.ts'

export interface TokenBucketSubscriptionsDeps extends SharedSubscriptionsDeps {
  /** The server's root. */
  readonly scope: Scope
  /** To every worker. */
  send(key: string, generation: number, bucket: Message): void
}

const SHORTEST_FILL_MS = 50
const TOO_SHORT = 'local rate limit token bucket fill timer must be >= 50ms'

export class TokenBucketSubscriptions extends SharedSubscriptions<TokenBucketSubscriptionRequest, SharedBucket> {
  readonly #deps: TokenBucketSubscriptionsDeps
  /** Buckets that came so far: no two have the same number. */
  #generations = 0

  constructor(deps: TokenBucketSubscriptionsDeps) {
    super(TOKEN_BUCKET, deps)
    this.#deps = deps
  }

  /** One for all of them. */
  protected scopeOf(): Scope {
    return this.#deps.scope.scope('local_ratelimit_discovery')
  }

  protected open({ key, name }: TokenBucketSubscriptionRequest, scope: Scope): SharedBucket {
    return new SharedBucket(name, scope, (bucket) => this.#deps.send(key, ++this.#generations, bucket))
  }
}

class SharedBucket extends SharedSubscription {
  readonly #name: string
  readonly #take: (bucket: Message) => void
  /** What two buckets are compared by. */
  #text = ''

  constructor(name: string, scope: Scope, take: (bucket: Message) => void) {
    super(`target RateLimitConfigCallback-${name}`, scope)
    this.#name = name
    this.#take = take
  }

  onConfigUpdate(resources: readonly DiscoveredResource[]): string | undefined {
    const [resource] = resources
    if (resource === undefined || resources.length > 1) {
      return `for singleton resource subscription, only one resource should be added or removed at a time but got ${resources.length}`
    }
    if (resource.name !== this.#name) {
      return (
        'for singleton resource subscription, the added resource name should be the same as the subscription ' +
        `resource name but got ${resource.name} != ${this.#name}`
      )
    }
    const text = JSON.stringify(resource.message)
    if (text !== this.#text) {
      if (tokenBucketOf(resource.message).fillIntervalMs < SHORTEST_FILL_MS) return TOO_SHORT
      this.#text = text
      this.#take(resource.message)
    }
    this.target.ready()
    return undefined
  }

  /** What there was goes on; whoever waits for a first one goes on waiting. */
  override onConfigUpdateFailed(): void {}
}
