/**
 * The subscriptions of one kind on the main thread, by the key of what is asked for: made for the first who asks, closed
 * and forgotten with the last one's release.
 */
import type { AcquiredDiscovery, DiscoveryUse } from '../../api/discovery.ts'
import type { Scope } from '../../api/stats.ts'
import type { ConfigSource, SubscriptionFactory } from '../../api/subscription.ts'
import type { SharedSubscription } from './shared-subscription.ts'

export interface SharedSubscriptionsDeps {
  readonly subscriptions: SubscriptionFactory
  /** Nobody uses what came under the key any more. */
  forget(key: string): void
  /** Statistics below a prefix. */
  forgetStats(prefix: string): void
}

export interface SharedRequest {
  /** Equal keys: the same resource from the same source. */
  readonly key: string
  readonly source: ConfigSource
}

interface Held<S> {
  readonly subscription: S
  users: number
}

export abstract class SharedSubscriptions<R extends SharedRequest, S extends SharedSubscription> {
  readonly #deps: SharedSubscriptionsDeps
  readonly #typeName: string
  readonly #held = new Map<string, Held<S>>()

  /** `typeName`: full proto name of the resources. */
  constructor(typeName: string, deps: SharedSubscriptionsDeps) {
    this.#typeName = typeName
    this.#deps = deps
  }

  /** Where updates are counted. */
  protected abstract scopeOf(request: R): Scope

  protected abstract open(request: R, scope: Scope): S

  acquire(request: R): AcquiredDiscovery {
    const { key, source } = request
    let held = this.#held.get(key)
    if (held === undefined) {
      const scope = this.scopeOf(request)
      const subscription = this.open(request, scope)
      const created = this.#deps.subscriptions.create(source, this.#typeName, scope, subscription)
      if (!created.ok) {
        this.#forgetStats(subscription)
        return created
      }
      subscription.subscribe(created.subscription)
      held = { subscription, users: 0 }
      this.#held.set(key, held)
    }
    return { ok: true, use: this.#use(key, held) }
  }

  close(): void {
    for (const { subscription } of this.#held.values()) subscription.close()
  }

  protected get(key: string): S | undefined {
    return this.#held.get(key)?.subscription
  }

  /** In the order in which they were first asked for. */
  protected all(): readonly S[] {
    return [...this.#held.values()].map(({ subscription }) => subscription)
  }

  #use(key: string, held: Held<S>): DiscoveryUse {
    const { subscription } = held
    held.users++
    return {
      target: subscription.target,
      release: () => {
        if (--held.users > 0) return
        subscription.close()
        this.#held.delete(key)
        this.#deps.forget(key)
        this.#forgetStats(subscription)
      },
    }
  }

  /** Unless a resource of a name that begins with this one's counts there as well. */
  #forgetStats({ statPrefix }: S): void {
    if (!this.all().some((other) => other.statPrefix.startsWith(statPrefix))) this.#deps.forgetStats(statPrefix)
  }
}
