/** The parts of a config dump in the order in which Envoy lists them, each a message of admin.v3. */
import type { Json, Message } from '../../api/config.ts'
import type {
  AdminCluster,
  AdminConfigSource,
  AdminDynamicResources,
  DumpedResource,
  DynamicListener,
  DynamicResource,
  DynamicScopes,
  ResourceFailure,
} from '../admin-deps.ts'
import type { NodeBuild } from '../node-message.ts'
import { bootstrapNode } from '../node-message.ts'
import { endpointConfigs } from './endpoint-configs.ts'
import { hasConnectionManager, inlineScopes, scopeInAny, staticRouteConfigs } from './static-route-configs.ts'

export interface DumpSection {
  /** Name of the message in admin.v3. */
  readonly type: string
  readonly message: Message
}

export interface SectionsDeps {
  readonly config: AdminConfigSource
  readonly node: NodeBuild
  clusters(): readonly AdminCluster[]
}

/** `named` says which resources to list; the bootstrap is no named resource and always there. */
export function dumpSections(
  deps: SectionsDeps,
  includeEndpoints: boolean,
  named: (name: string) => boolean,
): readonly DumpSection[] {
  const { config } = deps
  const dynamic = config.dynamic?.() ?? NOTHING_DYNAMIC
  const listeners = config.staticListeners()
  const inUse = [
    ...listeners,
    ...dynamic.listeners.flatMap(({ active, warming }) => [active ?? [], warming ?? []].flat()),
    ...dynamic.draining,
    // Connection managers are filters as well.
    ...dynamic.filters.flatMap(({ resources }) => resources),
  ]
  const { message, lastUpdatedMs } = config.bootstrap
  const bootstrap: Message = { node: bootstrapNode(message, deps.node), ...withoutNode(message) }
  const chosen = <T extends DumpedResource>(list: readonly T[]): readonly T[] =>
    list.filter((item) => named(nameOf(item.message)))
  return [
    { type: 'BootstrapConfigDump', message: { bootstrap, last_updated: timestamp(lastUpdatedMs) } },
    {
      type: 'ClustersConfigDump',
      message: {
        ...text('version_info', dynamic.clustersVersion),
        ...list('static_clusters', byName(chosen(config.staticClusters())).map(entry('cluster', CLUSTER))),
        ...list('dynamic_active_clusters', byName(chosen(dynamic.activeClusters)).map(versioned('cluster', CLUSTER))),
        ...list('dynamic_warming_clusters', byName(chosen(dynamic.warmingClusters)).map(versioned('cluster', CLUSTER))),
      },
    },
    ...dynamic.filters.map(({ resources }) => ({
      type: 'EcdsConfigDump',
      message: list('ecds_filters', chosen(resources).map(versionedFilter)),
    })),
    ...(includeEndpoints ? [{ type: 'EndpointsConfigDump', message: endpoints(deps, named) }] : []),
    {
      type: 'ListenersConfigDump',
      message: {
        ...text('version_info', dynamic.listenersVersion),
        ...list('static_listeners', chosen(listeners).map(entry('listener', LISTENER))),
        ...list('dynamic_listeners', dynamic.listeners.filter(({ name }) => named(name ?? '')).map(dynamicListener)),
      },
    },
    ...(hasConnectionManager(inUse)
      ? [
          {
            type: 'ScopedRoutesConfigDump',
            message: {
              ...list('inline_scoped_route_configs', inlineScopes(inUse, named).map(withTime)),
              ...list(
                'dynamic_scoped_route_configs',
                dynamic.scopes.map((scopes) => dynamicScopes(scopes, named)),
              ),
            },
          },
          {
            type: 'RoutesConfigDump',
            message: {
              ...list('static_route_configs', chosen(staticRouteConfigs(inUse)).map(entry('route_config', ROUTES))),
              ...list('dynamic_route_configs', chosen(dynamic.routes).map(versioned('route_config', ROUTES))),
            },
          },
        ]
      : []),
    { type: 'SecretsConfigDump', message: {} },
  ]
}

const NOTHING_DYNAMIC: AdminDynamicResources = {
  clustersVersion: '',
  listenersVersion: '',
  activeClusters: [],
  warmingClusters: [],
  listeners: [],
  draining: [],
  routes: [],
  scopes: [],
  filters: [],
}

function endpoints(deps: SectionsDeps, named: (name: string) => boolean): Message {
  const clusters = deps.clusters().filter(({ name }) => named(name))
  return {
    ...list('static_endpoint_configs', endpointConfigs(clusters.filter(({ addedViaApi }) => !addedViaApi))),
    ...list('dynamic_endpoint_configs', endpointConfigs(clusters.filter(({ addedViaApi }) => addedViaApi))),
  }
}

export const ANY_PREFIX = 'type.googleapis.com/'

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const LISTENER = 'envoy.config.listener.v3.Listener'
const ROUTES = 'envoy.config.route.v3.RouteConfiguration'

function entry(field: string, type: string): (resource: DumpedResource) => Message {
  return ({ message, lastUpdatedMs }) => ({
    [field]: { '@type': `${ANY_PREFIX}${type}`, ...message },
    last_updated: timestamp(lastUpdatedMs),
  })
}

function withTime({ message, lastUpdatedMs }: DumpedResource): Message {
  return { ...message, last_updated: timestamp(lastUpdatedMs) }
}

/** ScopedRoutesConfigDump.DynamicScopedRouteConfigs. */
function dynamicScopes(
  { name, version, lastUpdatedMs, scopes }: DynamicScopes,
  named: (name: string) => boolean,
): Message {
  const chosen = scopes.filter((scope) => named(nameOf(scope)))
  return {
    name,
    ...text('version_info', version),
    ...list('scoped_route_configs', chosen.map(scopeInAny)),
    last_updated: timestamp(lastUpdatedMs),
  }
}

/** A resource of a control plane. */
function versioned(field: string, type: string): (resource: DynamicResource) => Message {
  const dump = entry(field, type)
  return (resource) => ({ ...text('version_info', resource.version), ...dump(resource) })
}

const versionedFilter = versioned('ecds_filter', 'envoy.config.core.v3.TypedExtensionConfig')

function dynamicListener({ name, active, warming, draining, error }: DynamicListener): Message {
  const state = versioned('listener', LISTENER)
  return {
    ...(name === undefined ? {} : { name }),
    ...(active === undefined ? {} : { active_state: state(active) }),
    ...(warming === undefined ? {} : { warming_state: state(warming) }),
    ...(draining === undefined ? {} : { draining_state: state(draining) }),
    ...(error === undefined ? {} : { error_state: failure(error) }),
  }
}

function failure({ message, details, attemptedMs }: ResourceFailure): Message {
  return {
    failed_configuration: { '@type': `${ANY_PREFIX}${LISTENER}`, ...message },
    ...(attemptedMs === undefined ? {} : { last_update_attempt: timestamp(attemptedMs) }),
    details,
  }
}

function text(field: string, value: string): Message {
  return value === '' ? {} : { [field]: value }
}

function list(field: string, items: readonly Json[]): Message {
  return items.length === 0 ? {} : { [field]: items }
}

function nameOf(message: Message): string {
  return typeof message['name'] === 'string' ? message['name'] : ''
}

function withoutNode(message: Message): Message {
  const { node: _node, ...others } = message
  return others
}

/** Clusters come sorted, listeners and routes in the order of the configuration. */
function byName<T extends DumpedResource>(list: readonly T[]): readonly T[] {
  return list.toSorted((a, b) => (nameOf(a.message) < nameOf(b.message) ? -1 : 1))
}

/** google.protobuf.Timestamp */
function timestamp(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('.000Z', 'Z')
}
