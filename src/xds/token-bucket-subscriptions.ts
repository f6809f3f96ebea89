/**
 * Token buckets by name on the main thread (Envoy's RateLimiterProviderSingleton): one subscription for all that ask for the
 * same one from the same source. Whoever asks waits until a bucket has come.
 */
import type { Message } from '../api/config.ts'
import type { DiscoveryUse, TokenBucketSubscriptionRequest } from '../api/discovery.ts'
import type { Scope } from '../api/stats.ts'
import type { DiscoveredResource, ResourceSink, Subscription, SubscriptionFactory } from '../api/subscription.ts'
import { SharedInitTarget } from '../base/shared-init-target.ts'
import { TOKEN_BUCKET, tokenBucketOf } from '../config/token-bucket.ts'

export interface TokenBucketSubscriptionsDeps {
  readonly subscriptions: SubscriptionFactory
  /** The server's root. */
  readonly scope: Scope
  /** To every worker. */
  send(key: string, generation: number, bucket: Message): void
  /** Nobody uses it any more. */
  forget(key: string): void
  /** Statistics below a prefix. */
  forgetStats(prefix: string): void
}

export type AcquiredTokenBucket =
  | { readonly ok: true; readonly use: DiscoveryUse }
  | { readonly ok: false; readonly message: string }

const SHORTEST_FILL_MS = 50

export class TokenBucketSubscriptions {
  readonly #deps: TokenBucketSubscriptionsDeps
  readonly #shared = new Map<string, SharedBucket>()
  /** Buckets that came so far: no two have the same number. */
  #generations = 0

  constructor(deps: TokenBucketSubscriptionsDeps) {
    this.#deps = deps
  }

  acquire(request: TokenBucketSubscriptionRequest): AcquiredTokenBucket {
    const { key, name, source } = request
    let shared = this.#shared.get(key)
    if (shared === undefined) {
      const take = (bucket: Message): void => this.#deps.send(key, ++this.#generations, bucket)
      shared = new SharedBucket(name, take)
      const scope = this.#deps.scope.scope('local_ratelimit_discovery')
      const created = this.#deps.subscriptions.create(source, TOKEN_BUCKET, scope, shared)
      if (!created.ok) return created
      shared.subscription = created.subscription
      this.#shared.set(key, shared)
    }
    return { ok: true, use: this.#use(key, shared) }
  }

  close(): void {
    for (const { subscription } of this.#shared.values()) subscription?.close()
  }

  #use(key: string, shared: SharedBucket): DiscoveryUse {
    shared.users++
    return {
      target: shared.target,
      release: () => {
        if (--shared.users > 0) return
        shared.subscription?.close()
        this.#shared.delete(key)
        this.#deps.forget(key)
        if (this.#shared.size === 0) this.#deps.forgetStats('local_ratelimit_discovery.')
      },
    }
  }
}

class SharedBucket implements ResourceSink {
  users = 0
  subscription: Subscription | undefined = undefined
  readonly target: SharedInitTarget
  readonly #name: string
  readonly #take: (bucket: Message) => void
  /** What two buckets are compared by. */
  #text = ''

  constructor(name: string, take: (bucket: Message) => void) {
    this.#name = name
    this.#take = take
    this.target = new SharedInitTarget(`target RateLimitConfigCallback-${name}`, () => this.subscription?.start())
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
      if (tokenBucketOf(resource.message).fillIntervalMs < SHORTEST_FILL_MS)
        return 'local rate limit token bucket fill timer must be >= 50ms'
      this.#text = text
      this.#take(resource.message)
    }
    this.target.ready()
    return undefined
  }

  /** What there was goes on; whoever waits for a first one goes on waiting. */
  onConfigUpdateFailed(): void {
    return undefined
  }
}
