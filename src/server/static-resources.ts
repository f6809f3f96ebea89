/** The order in which a bootstrap's resources come to life (Envoy's MainImpl::initialize and what follows it). */
import type { Logger } from '../api/log.ts'
import type { ConfigSource } from '../api/subscription.ts'
import type { InitManager } from '../base/init-manager.ts'
import type { LdsApi } from '../listener/lds-api.ts'
import type { ListenerManager } from '../listener/listener-manager.ts'
import type { CdsApi } from '../upstream/cds-api.ts'
import type { ClusterManager } from '../upstream/cluster-manager.ts'
import type { Bootstrap } from './bootstrap.ts'
import type { RuntimeDiscovery } from './runtime-discovery.ts'
import { logAfterListeners, logBeforeClusters, logBeforeListeners } from './start-up-lines.ts'
import { StartError } from './start-error.ts'

export interface ResourceOwners {
  readonly clusterManager: ClusterManager
  readonly cds: CdsApi
  readonly listenerManager: ListenerManager
  readonly lds: LdsApi
  readonly initManager: InitManager
  readonly runtimeDiscovery: RuntimeDiscovery
  readonly logger: Logger
  /** Wall-clock ms. */
  wallNow(): number
}

/**
 * Clusters, then listeners, which are bound and do not listen yet; then what comes from files is subscribed. Throws
 * StartError.
 */
export function loadResources(bootstrap: Bootstrap, owners: ResourceOwners): void {
  const { clusterManager, cds, listenerManager, lds, initManager, runtimeDiscovery, logger } = owners
  const { clusters, clusterMessages, listeners, listenerMessages } = bootstrap
  logBeforeClusters(logger, clusters.length)
  const failure = clusterManager.addStaticClusters(clusters, clusterMessages)
  if (failure !== undefined) throw new StartError(failure)
  if (bootstrap.cds !== undefined) subscribe(cds, bootstrap.cds)
  logBeforeListeners(logger, listeners.length)
  listeners.forEach((listener, index) => {
    const message = listenerMessages[index] ?? listener.json
    const added = listenerManager.addStaticListener(listener, message, owners.wallNow())
    if (!added.ok) throw new StartError(added.message)
  })
  logAfterListeners(logger)
  if (bootstrap.lds !== undefined) {
    subscribe(lds, bootstrap.lds)
    initManager.add(lds)
  }
  runtimeDiscovery.start(() => clusterManager.start(bootstrap.cds === undefined ? undefined : cds))
}

function subscribe(api: LdsApi | CdsApi, source: ConfigSource): void {
  const subscribed = api.subscribe(source)
  if (!subscribed.ok) throw new StartError(subscribed.message)
}
