/** Makes subscriptions by what their source says (Envoy's SubscriptionFactoryImpl). */
import { existsSync } from 'node:fs'
import type { LocalInfo } from '../api/extension.ts'
import type { Scope } from '../api/stats.ts'
import type { ConfigSource, CreatedSubscription, ResourceSink, SubscriptionFactory } from '../api/subscription.ts'
import type { FilesystemSubscriptionDeps } from './filesystem-subscription.ts'
import { FilesystemSubscription } from './filesystem-subscription.ts'
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
    const { nodeId, clusterName } = this.#deps.localInfo
    if (nodeId === '' || clusterName === '') {
      const message =
        `type.googleapis.com/${typeName}: node 'id' and 'cluster' are required. Set it either in 'node' config or ` +
        'via --service-node and --service-cluster options.'
      return { ok: false, message }
    }
    const { path, watchedDirectory } = source
    if (!existsSync(path)) {
      return { ok: false, message: `paths must refer to an existing path in the system: '${path}' does not exist` }
    }
    if (watchedDirectory !== undefined && !existsSync(watchedDirectory)) {
      const watched = `unable to add filesystem watch for file ${watchedDirectory}/: No such file or directory`
      return { ok: false, message: watched }
    }
    const stats = createSubscriptionStats(scope)
    return { ok: true, subscription: new FilesystemSubscription(source, typeName, sink, stats, this.#deps) }
  }
}
