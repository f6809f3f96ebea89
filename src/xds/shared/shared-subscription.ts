/** One subscription for all who ask for the same resource: they share what comes, and wait for one target. */
import type { Scope } from '../../api/stats.ts'
import type { DiscoveredResource, ResourceSink, Subscription } from '../../api/subscription.ts'
import { SharedInitTarget } from '../../base/shared-init-target.ts'

export abstract class SharedSubscription implements ResourceSink {
  /** Begins the subscription when the first of them is initialized; ready once something has come or cannot come. */
  readonly target: SharedInitTarget
  /** Of its statistics. */
  readonly statPrefix: string
  #subscription: Subscription | undefined = undefined

  /** `targetName`: as Envoy calls it in /init_dump. `scope`: of its statistics. */
  constructor(targetName: string, scope: Scope) {
    this.target = new SharedInitTarget(targetName, () => this.#subscription?.start())
    this.statPrefix = scope.prefix
  }

  /** Once, before the target is initialized. */
  subscribe(subscription: Subscription): void {
    this.#subscription = subscription
  }

  abstract onConfigUpdate(resources: readonly DiscoveredResource[], version: string): string | undefined

  onConfigUpdateFailed(): void {
    this.target.ready()
  }

  /** Nobody uses it any more, or the server ends. */
  close(): void {
    this.#subscription?.close()
  }
}
