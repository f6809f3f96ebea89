/** The parts of a config dump in the order in which Envoy lists them, each a message of admin.v3. */
import type { Json, Message } from '../../api/config.ts'
import type { AdminCluster, AdminConfigSource, DumpedResource } from '../admin-deps.ts'
import type { NodeSource } from '../node-message.ts'
import { completeNode } from '../node-message.ts'
import { endpointConfigs } from './endpoint-configs.ts'
import { hasConnectionManager, staticRouteConfigs } from './static-route-configs.ts'

export interface DumpSection {
  /** Name of the message in admin.v3. */
  readonly type: string
  readonly message: Message
}

export interface SectionsDeps {
  readonly config: AdminConfigSource
  readonly node: NodeSource
  clusters(): readonly AdminCluster[]
}

/** `named` says which resources to list; the bootstrap is no named resource and always there. */
export function dumpSections(
  deps: SectionsDeps,
  includeEndpoints: boolean,
  named: (name: string) => boolean,
): readonly DumpSection[] {
  const { config } = deps
  const listeners = config.staticListeners()
  const routes = staticRouteConfigs(listeners)
  const { message, lastUpdatedMs } = config.bootstrap
  const bootstrap: Message = { node: completeNode(message, deps.node), ...withoutNode(message) }
  const chosen = (list: readonly DumpedResource[]): readonly DumpedResource[] =>
    list.filter((item) => named(nameOf(item.message)))
  return [
    { type: 'BootstrapConfigDump', message: { bootstrap, last_updated: timestamp(lastUpdatedMs) } },
    {
      type: 'ClustersConfigDump',
      message: list('static_clusters', byName(chosen(config.staticClusters())).map(entry('cluster', CLUSTER))),
    },
    ...(includeEndpoints
      ? [
          {
            type: 'EndpointsConfigDump',
            message: list(
              'static_endpoint_configs',
              endpointConfigs(deps.clusters().filter(({ name }) => named(name))),
            ),
          },
        ]
      : []),
    {
      type: 'ListenersConfigDump',
      message: list('static_listeners', chosen(listeners).map(entry('listener', LISTENER))),
    },
    ...(hasConnectionManager(listeners)
      ? [
          { type: 'ScopedRoutesConfigDump', message: {} },
          {
            type: 'RoutesConfigDump',
            message: list('static_route_configs', chosen(routes).map(entry('route_config', ROUTES))),
          },
        ]
      : []),
    { type: 'SecretsConfigDump', message: {} },
  ]
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
function byName(list: readonly DumpedResource[]): readonly DumpedResource[] {
  return list.toSorted((a, b) => (nameOf(a.message) < nameOf(b.message) ? -1 : 1))
}

/** google.protobuf.Timestamp */
function timestamp(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('.000Z', 'Z')
}
