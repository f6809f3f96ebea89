/** envoy.config.bootstrap.v3.Bootstrap, parsed on the main thread: proves the whole file before anything is made. */
import type { Message, Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'
import type { ListenerConfig } from '../listener/listener-config.ts'
import { parseListener } from '../listener/listener-config.ts'
import type { AdminConfig } from './admin-config.ts'
import { readAdmin } from './admin-config.ts'
import type { Node } from './local-info.ts'
import { readNode } from './local-info.ts'
import type { ClusterConfig } from '../upstream/cluster-config.ts'
import { parseCluster } from '../upstream/cluster-config.ts'
import type { LayeredRuntimeConfig } from '../runtime/layered-runtime-config.ts'
import { readLayeredRuntime } from '../runtime/layered-runtime-config.ts'
import type { StatsConfig } from '../stats/stats-config.ts'
import { readStatsConfig } from '../stats/stats-config.ts'
import type { ApplicationLogFormat } from './application-log-config.ts'
import { readApplicationLog } from './application-log-config.ts'

export interface Bootstrap {
  readonly node: Node
  readonly admin: AdminConfig | undefined
  readonly clusters: readonly ClusterConfig[]
  readonly listeners: readonly ListenerConfig[]
  /** The messages as they go to the workers, in the order of `clusters` and `listeners`. */
  readonly clusterMessages: readonly Message[]
  readonly listenerMessages: readonly Message[]
  readonly runtime: LayeredRuntimeConfig | undefined
  readonly stats: StatsConfig
  readonly statsFlushIntervalMs: number
  readonly statsFlushOnAdmin: boolean
  readonly statsServerVersionOverride: number | undefined
  readonly applicationLog: ApplicationLogFormat | undefined
  readonly message: Message
}

const DEFAULT_STATS_FLUSH_INTERVAL_MS = 5000

/** `contextFor` gives the parse context once the names of the static clusters are known. */
export function parseBootstrap(reader: Reader, contextFor: (clusterNames: ReadonlySet<string>) => ParseContext): Bootstrap {
  const early = contextFor(new Set())
  const clusters: ClusterConfig[] = []
  const listeners: ListenerConfig[] = []
  const clusterMessages: Message[] = []
  const listenerMessages: Message[] = []
  reader.message('static_resources', (resources) => {
    resources.messages('clusters', (cluster) => {
      clusters.push(parseCluster(cluster, early))
      clusterMessages.push(cluster.json)
    })
    checkClusterNames(resources, clusters)
    const context = contextFor(new Set(clusters.map(({ name }) => name)))
    resources.messages('listeners', (listener) => {
      listeners.push(parseListener(listener, context))
      listenerMessages.push(listener.json)
    })
  })
  readNoOps(reader)
  const withClusters = contextFor(new Set(clusters.map(({ name }) => name)))
  return {
    node: readNode(reader),
    admin: reader.message('admin', (admin) => readAdmin(admin, withClusters)),
    clusters,
    listeners,
    clusterMessages,
    listenerMessages,
    runtime: reader.message('layered_runtime', readLayeredRuntime),
    stats: readStatsConfig(reader),
    statsFlushIntervalMs: reader.durationMs('stats_flush_interval', DEFAULT_STATS_FLUSH_INTERVAL_MS),
    statsFlushOnAdmin: reader.bool('stats_flush_on_admin', false),
    statsServerVersionOverride: reader.optionalNumber('stats_server_version_override'),
    applicationLog: reader.message('application_log_config', readApplicationLog),
    message: reader.json,
  }
}

function checkClusterNames(reader: Reader, clusters: readonly ClusterConfig[]): void {
  const seen = new Set<string>()
  for (const { name } of clusters) {
    if (seen.has(name)) reader.error('clusters', 'NU160', `cluster manager: duplicate cluster '${name}'`)
    seen.add(name)
  }
}

function readNoOps(reader: Reader): void {
  reader.ignore('default_regex_engine', 'there is one engine, RE2, which is also Envoy\'s default')
}
