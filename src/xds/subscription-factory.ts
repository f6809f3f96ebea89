/** Makes subscriptions by what their source says (Envoy's SubscriptionFactoryImpl). */
import type { LocalInfo } from '../api/extension.ts'
import type { Scope } from '../api/stats.ts'
import type { ConfigSource, CreatedSubscription, ResourceSink, SubscriptionFactory } from '../api/subscription.ts'
import type { FilesystemSubscriptionDeps } from './filesystem-subscription.ts'
import { FilesystemSubscription } from './filesystem-subscription.ts'
import { subscriptionProblem } from './subscription-problem.ts'
import { createSubscriptionStats } from './subscription-stats.ts'

export interface SubscriptionFactoryDeps extends FilesystemSubscriptionDeps {
  readonly localInfo: LocalInfo
}

export class ProdSubscriptionFactory implements SubscriptionFactory {
  readonly #deps: SubscriptionFactoryDeps

  constructor(deps: SubscriptionFactoryDeps) {
    this.#deps = deps
  }

  create(source: ConfigSource, typeName: string, scope: Scope, sink: ResourceSink): CreatedSubscription {
    const message = subscriptionProblem(source, typeName, this.#deps.localInfo)
    if (message !== undefined) return { ok: false, message }
    const stats = createSubscriptionStats(scope)
    return { ok: true, subscription: new FilesystemSubscription(source, typeName, sink, stats, this.#deps) }
  }
}
