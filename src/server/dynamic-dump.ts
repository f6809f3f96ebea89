/** What came from control planes, as /config_dump shows it. */
import type { AdminDynamicResources, DynamicListener, DynamicResource } from '../admin/admin-deps.ts'
import type { LdsApi, ListenerFailure } from '../listener/lds-api.ts'
import type { ListenerManager } from '../listener/listener-manager.ts'
import type { ManagedListener } from '../listener/managed-listener.ts'
import type { FilterConfigSubscriptions } from '../xds/filter-config-subscriptions.ts'
import type { MainCluster } from '../upstream/manager/main-cluster.ts'
import type { Server } from './server.ts'

export function dynamicResources({
  clusterManager,
  listenerManager,
  lds,
  cds,
  dynamic,
}: Pick<Server, 'clusterManager' | 'listenerManager' | 'lds' | 'cds' | 'dynamic'>): AdminDynamicResources {
  return {
    clustersVersion: cds.version,
    listenersVersion: lds.version,
    activeClusters: clusterManager.active().filter(isFromApi).map(clusterResource),
    warmingClusters: clusterManager.warming().map(clusterResource),
    listeners: dynamicListeners(listenerManager, lds),
    draining: listenerManager
      .drainingConfigs()
      .map(({ message, lastUpdated }) => ({ message, lastUpdatedMs: lastUpdated })),
    routes: dynamic.routes.list(),
    scopes: dynamic.scopes.list(),
    filters: filterResources(dynamic.filters),
  }
}

/** As Envoy sorts the names of these sections. */
const FILTER_KINDS = ['http_filter', 'network_filter', 'tcp_listener_filter', 'upstream_http_filter'] as const

function filterResources(filters: FilterConfigSubscriptions): AdminDynamicResources['filters'] {
  const list = filters.list()
  return FILTER_KINDS.filter((kind) => filters.kinds.has(kind)).map((kind) => ({
    resources: list.flatMap((filter) => (filter.kind === kind && filter.taken !== undefined ? [filter.taken] : [])),
  }))
}

function isFromApi({ origin }: MainCluster): boolean {
  return origin.addedViaApi
}

function clusterResource({ message, origin: { version, lastUpdatedMs } }: MainCluster): DynamicResource {
  return { message: message.value, version, lastUpdatedMs }
}

/** One entry a name, and one for each listener that the last update had wrong. */
function dynamicListeners(manager: ListenerManager, lds: LdsApi): readonly DynamicListener[] {
  const byName = new Map<string, DynamicListener>()
  const add = (state: 'active' | 'warming' | 'draining', listeners: readonly ManagedListener[]): void => {
    for (const listener of listeners) {
      const { name, addedViaApi } = listener
      if (addedViaApi) byName.set(name, { ...byName.get(name), name, [state]: listenerResource(listener) })
    }
  }
  add('active', manager.listeners())
  add('warming', manager.warming())
  // Of several the oldest one is shown.
  add('draining', manager.draining().toReversed())
  for (const failure of lds.failures) {
    const { name } = failure
    if (failure.isNameless) continue
    byName.set(name, { ...byName.get(name), name, error: failure })
  }
  return [...byName.values(), ...lds.failures.map(withoutTime)]
}

function listenerResource({ message, version, lastUpdated }: ManagedListener): DynamicResource {
  return { message, version, lastUpdatedMs: lastUpdated }
}

function withoutTime({ message, details }: ListenerFailure): DynamicListener {
  return { error: { message, details } }
}
