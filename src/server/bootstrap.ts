/** envoy.config.bootstrap.v3.Bootstrap, parsed on the main thread: proves the whole file before anything is made. */
import type { Message, Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'
import type { LogFormat } from '../api/log.ts'
import type { ConfigSource } from '../api/subscription.ts'
import { readConfigSource } from '../config/config-source.ts'
import { readIdleExtension } from '../config/idle-extension.ts'
import { readStringMatcherOfAnySize } from '../config/matchers/string-matcher.ts'
import type { ListenerConfig } from '../listener/listener-config.ts'
import { duplicateAddress, takenAddress } from '../listener/duplicate-address.ts'
import { isUdp, parseListener } from '../listener/listener-config.ts'
import type { LayeredRuntimeConfig } from '../runtime/runtime-config.ts'
import { NO_LAYERS, parseLayeredRuntime } from '../runtime/runtime-config.ts'
import type { StatsConfig } from '../stats/stats-config.ts'
import { defaultStatsConfig, parseStatsConfig } from '../stats/stats-config.ts'
import type { Tag } from '../stats/tags/tag.ts'
import type { ClusterConfig } from '../upstream/cluster-config.ts'
import { parseCluster } from '../upstream/cluster-config.ts'
import type { DnsResolverSettings } from '../upstream/config/dns-settings.ts'
import { readBootstrapResolver } from '../upstream/config/dns-settings.ts'
import type { ClusterManagerConfig } from '../upstream/config/manager-config.ts'
import { NO_MANAGER_CONFIG, readClusterManager } from '../upstream/config/manager-config.ts'
import type { AdminConfig } from './admin-config.ts'
import { readAdmin } from './admin-config.ts'
import { readApplicationLog } from './application-log-config.ts'
import type { StatsSinkConfig } from './stats-sinks.ts'
import { readStatsSinks } from './stats-sinks.ts'
import type { Node } from './local-info.ts'
import { readNode } from './local-info.ts'
import type { OverloadConfig } from './overload/overload-config.ts'
import { readOverloadManager } from './overload/overload-config.ts'
import { defaultTracerOf, proveDefaultTracer } from './default-tracer.ts'
import type { WatchdogsConfig } from './watchdog/watchdog-config.ts'
import { readWatchdogs } from './watchdog/watchdog-config.ts'

export interface Bootstrap {
  readonly node: Node
  readonly admin: AdminConfig | undefined
  readonly clusters: readonly ClusterConfig[]
  readonly listeners: readonly ListenerConfig[]
  /** The messages as they go to the workers, in the order of `clusters` and `listeners`. */
  readonly clusterMessages: readonly Message[]
  readonly listenerMessages: readonly Message[]
  /** dynamic_resources */
  readonly lds?: ConfigSource | undefined
  readonly cds?: ConfigSource | undefined
  readonly runtime: LayeredRuntimeConfig
  readonly stats: StatsConfig
  readonly statsSinks: readonly StatsSinkConfig[]
  readonly statsFlushIntervalMs: number
  readonly statsFlushOnAdmin: boolean
  /** Folder of files that ask for something at the start; '': none. */
  readonly flagsPath: string
  readonly statsServerVersionOverride: number | undefined
  readonly dispatcherStats: boolean
  readonly watchdogs: WatchdogsConfig
  readonly overload: OverloadConfig | undefined
  readonly applicationLog: LogFormat | undefined
  readonly clusterManager: ClusterManagerConfig
  /** How names are looked up by those who say nothing of it; undefined: as by default. */
  readonly resolver: DnsResolverSettings | undefined
  /** `tracing.http`: the tracer of connection managers that name none. */
  readonly defaultTracer: Message | undefined
  readonly message: Message
}

const DEFAULT_STATS_FLUSH_INTERVAL_MS = 5000

export interface BootstrapDeps {
  /** The parse context once the names of the static clusters are known. */
  contextFor(clusterNames: ReadonlySet<string>): ParseContext
  readonly statsTags: readonly Tag[]
}

export function parseBootstrap(reader: Reader, deps: BootstrapDeps): Bootstrap {
  const early = deps.contextFor(new Set())
  const defaultTracer = defaultTracerOf(reader)
  const clusters: ClusterConfig[] = []
  const listeners: ListenerConfig[] = []
  const clusterManager =
    reader.message('cluster_manager', (manager) => readClusterManager(manager, early)) ?? NO_MANAGER_CONFIG
  const clusterMessages: Message[] = []
  const listenerMessages: Message[] = []
  let context = early
  reader.message('static_resources', (resources) => {
    const seen = new Set<string>()
    resources.messages('clusters', (cluster) => {
      const config = parseCluster(cluster, early, clusterManager)
      if (seen.has(config.name)) {
        cluster.error('name', 'NU160', `cluster manager: duplicate cluster '${config.name}'`)
      }
      seen.add(config.name)
      clusters.push(config)
      clusterMessages.push(cluster.json)
    })
    context = { ...deps.contextFor(seen), defaultTracer }
    resources.messages('listeners', (listener) => {
      const config = parseListener(listener, context)
      checkAddress(listener, config, listeners)
      listeners.push(config)
      listenerMessages.push(listener.json)
    })
  })
  proveDefaultTracer(reader, context)
  checkLocalCluster(reader, clusterManager.localClusterName, clusters)
  const statsFlushOnAdmin = reader.bool('stats_flush_on_admin', false)
  if (statsFlushOnAdmin && reader.has('stats_flush_interval')) {
    const message = 'Only one of stats_flush_interval or stats_flush_on_admin should be set!'
    reader.error('stats_flush_on_admin', 'NU172', message)
  }
  reader.ignore('deferred_stat_options', 'it saves the memory of stats not yet used; here they are listed as 0')
  ignoreIdle(reader)
  // There is one engine, which is also Envoy's default.
  readIdleExtension(reader, 'default_regex_engine', ['envoy.extensions.regex_engines.v3.GoogleRE2'])
  return {
    node: readNode(reader),
    admin: reader.message('admin', (admin) => readAdmin(admin, context)),
    clusters,
    listeners,
    clusterMessages,
    listenerMessages,
    ...reader.message('dynamic_resources', readDynamicResources),
    runtime:
      reader.message('layered_runtime', (runtime) => parseLayeredRuntime(runtime, readConfigSource)) ?? NO_LAYERS,
    stats: readStats(reader, deps.statsTags),
    statsSinks: readStatsSinks(reader, context),
    statsFlushIntervalMs: reader.durationMs('stats_flush_interval', DEFAULT_STATS_FLUSH_INTERVAL_MS),
    statsFlushOnAdmin,
    flagsPath: reader.string('flags_path'),
    statsServerVersionOverride: reader.optionalNumber('stats_server_version_override'),
    watchdogs: readWatchdogs(reader),
    overload: reader.message('overload_manager', (overload) => readOverloadManager(overload, context)),
    dispatcherStats: reader.bool('enable_dispatcher_stats', false),
    clusterManager,
    resolver: readBootstrapResolver(reader, early),
    applicationLog: reader.message('application_log_config', readApplicationLog),
    defaultTracer,
    message: reader.json,
  }
}

/** What changes nothing here, nor in Envoy's own binary. */
function ignoreIdle(reader: Reader): void {
  reader.ignore('memory_allocator_manager', 'it tunes an allocator that is not used here')
  reader.ignore('perf_tracing_file_path', 'for builds with Perfetto, which Envoy’s releases are not either')
  reader.ignore('node_context_params', 'parameters of xdstp: names, which are refused where they stand')
  reader.ignore('grpc_async_client_manager_config', 'it tunes a cache of gRPC clients; what needs one is refused')
  // Of a name that nothing has Envoy takes no notice; those of reverse tunnels come with bootstrap_extensions.
  reader.ignore('default_socket_interface', 'there is one kind of socket, which is also Envoy’s default')
}

/** Two listeners of one name are one, and the first stays. */
function checkAddress(reader: Reader, config: ListenerConfig, others: readonly ListenerConfig[]): void {
  if (isUdp(config.json) || (config.name !== '' && others.some(({ name }) => name === config.name))) return
  const taken = takenAddress(
    config,
    others.filter(({ json }) => !isUdp(json)).map((other) => ({ config: other })),
  )
  if (taken === undefined) return
  reader.error('address', 'NU145', duplicateAddress(config.name, taken), 'give it another port')
}

/** It has one priority, as proxies of the same kind do not stand in for each other. */
function checkLocalCluster(reader: Reader, name: string, clusters: readonly ClusterConfig[]): void {
  if (name === '') return
  const local = clusters.find((cluster) => cluster.name === name)
  if (local !== undefined && local.loadAssignment.localities.every(({ priority }) => priority === 0)) return
  const message =
    local === undefined
      ? `local cluster '${name}' must be defined`
      : `Unexpected non-zero priority for local cluster '${name}'.`
  reader.error('cluster_manager', 'NU162', message)
}

function readDynamicResources(reader: Reader): Pick<Bootstrap, 'lds' | 'cds'> {
  return { lds: reader.message('lds_config', readConfigSource), cds: reader.message('cds_config', readConfigSource) }
}

function readStats(reader: Reader, commandLineTags: readonly Tag[]): StatsConfig {
  return (
    reader.message('stats_config', (stats) =>
      parseStatsConfig(stats, { readStringMatcher: readStringMatcherOfAnySize, commandLineTags }),
    ) ?? defaultStatsConfig(commandLineTags)
  )
}
