/** Clusters of one simulated thread over a fake network, as orders of a main thread make them. */
import type { ResponseDecoder } from '../../api/codec.ts'
import type { Extension } from '../../api/extension.ts'
import type { LoadBalancerContext, ResourcePriority } from '../../api/upstream.ts'
import type { ClusterOrder } from '../../api/worker.ts'
import { SimulatedDispatcher } from '../../event/simulated-dispatcher.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import { runtimeFromValues } from '../../runtime/runtime-from-values.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../../base/shared-states.ts'
import { MergedStats } from '../../stats/merged-stats.ts'
import { SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { StatsStore } from '../../stats/stats-store.ts'
import type { ClusterConfig } from '../cluster-config.ts'
import { parseCluster } from '../cluster-config.ts'
import { ClusterManager } from '../cluster-manager.ts'
import type { ClusterManagerConfig } from '../config/manager-config.ts'
import { DnsCacheConfigs } from '../dns-cache/dns-cache-configs.ts'
import { DnsCacheManager } from '../dns-cache/dns-cache-manager.ts'
import type { DnsLoadRequest } from '../dns-cache/dns-cache-order.ts'
import { ThreadDnsCaches } from '../dns-cache/thread-dns-caches.ts'
import type { DnsResolver } from '../dns/dns-resolver.ts'
import { DnsResolvers } from '../dns/dns-resolvers.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { createParseContext } from '../../config/parse-context.ts'
import { ExtensionRegistry } from '../../registry/extension-registry.ts'
import { ThreadClusters } from '../thread-clusters.ts'
import { FakeNetwork } from './fake-connection.ts'
import { RecordedStream } from './recorded-stream.ts'

const CLUSTER_TYPE = 'envoy.config.cluster.v3.Cluster'

export const ANY_HOST: LoadBalancerContext = {
  downstreamConnection: undefined,
  requestHeaders: undefined,
  streamInfo: undefined,
  hash: undefined,
  metadataMatch: undefined,
  shouldSelectAnotherHost: () => false,
  hostSelectionRetryCount: 0,
}

export function clusterConfig(
  yaml: string,
  manager?: ClusterManagerConfig,
  extensions: readonly Extension[] = [],
  dnsCaches = new DnsCacheConfigs(),
): ClusterConfig {
  const deps = { clusterNames: undefined, accessLogFiles: undefined as never }
  const context = {
    ...createParseContext(new ExtensionRegistry(extensions), deps),
    requireDnsCache: dnsCaches.require.bind(dnsCaches),
  }
  const message = parseMessage(CLUSTER_TYPE, yaml)
  if (!message.ok) throw new Error(JSON.stringify(message.errors))
  const parsed = parseRoot(CLUSTER_TYPE, message.value, {}, (reader) => parseCluster(reader, context, manager))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.value
}

/** `endpoints` as in a load_assignment with one locality. */
export function staticCluster(name: string, ports: readonly number[], more = ''): string {
  const endpoints = ports.map(
    (port) => `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${port}}}}}`,
  )
  return `{name: ${name}, load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [${endpoints.join()}]}]}${more === '' ? '' : `, ${more}`}}`
}

export interface TestClusters {
  readonly dispatcher: SimulatedDispatcher
  readonly network: FakeNetwork
  /** Whether new connections are refused for overload. */
  readonly shedding: { now: boolean }
  readonly manager: ClusterManager
  readonly worker: ThreadClusters
  /** Orders sent so far, without their payload. */
  readonly orders: readonly ClusterOrder[]
  /** In how many messages. */
  messages(): number
  /** Counter or gauge by name, summed over both threads. */
  stat(name: string): number | undefined
  setRuntime(values: Readonly<Record<string, unknown>>): void
  /** Asks the cluster's pool for a stream and sends a GET on it (unless told otherwise) once it is there. */
  request(cluster: string, options?: RequestOptions): RecordedStream
}

export interface RequestOptions {
  readonly priority?: ResourcePriority
  readonly method?: string
  /** The request goes on after its headers. */
  readonly unfinished?: boolean
  readonly decoder?: Partial<ResponseDecoder>
  /** What the host is chosen by; any one will do otherwise. */
  readonly context?: LoadBalancerContext
}

export function testClusters(
  configs: readonly (string | ClusterConfig)[],
  createResolver?: () => DnsResolver,
  manager?: ClusterManagerConfig,
  u32: () => number = () => 0,
  dnsCaches = new DnsCacheConfigs(),
  extensions: readonly Extension[] = [],
): TestClusters {
  const dispatcher = new SimulatedDispatcher()
  const network = new FakeNetwork()
  const mainStore = new StatsStore()
  const workerStore = new StatsStore()
  const stats = new MergedStats(mainStore)
  const runtime = { current: runtimeFromValues('{}') }
  const random = { u32, float: () => 0.5, uuid: () => '' }
  const logger = () => ({ info: () => undefined }) as never
  const orders: ClusterOrder[] = []
  let messages = 0
  const shedding = { now: false }
  const runtimeDeps = { dispatcher, runtime, shared: new ThreadSharedStates(createSharedStatesBuffer(0)) }
  const ask = (request: DnsLoadRequest) => dnsCacheManager.load(request)
  const workerCaches = new ThreadDnsCaches({ ...runtimeDeps, scope: workerStore.root, ask })
  const mainCaches = new ThreadDnsCaches({ ...runtimeDeps, scope: mainStore.root, ask })
  const resolvers = new DnsResolvers(
    mainStore.root,
    { dispatcher, connect: network.connect, random },
    undefined,
    createResolver,
  )
  const shared = new SharedCounterAllocator()
  const dnsCacheManager: DnsCacheManager = new DnsCacheManager(dnsCaches, {
    dispatcher,
    random,
    scope: mainStore.root,
    runtime,
    resolvers,
    shared,
    states: runtimeDeps.shared,
    logger,
    send: (order) => {
      mainCaches.apply(order)
      workerCaches.apply(order)
    },
  })
  const worker = new ThreadClusters({
    dnsCaches: workerCaches,
    dispatcher,
    scope: workerStore.root,
    runtime,
    random,
    threadName: 'worker_0',
    logger,
    shedConnection: { shouldShed: () => shedding.now },
    connect: network.connect,
    report: (cluster, host, kind) => clusterManager.onHostReport(cluster, host, kind),
    // As a message does, it arrives a little later.
    found: (cluster, address, token) => dispatcher.post(() => clusterManager.onHostFound(cluster, address, token)),
    wantSubCluster: (cluster, host, port) =>
      dispatcher.post(() => clusterManager.onSubClusterWanted(cluster, host, port)),
  })
  const clusterManager: ClusterManager = new ClusterManager({
    dispatcher,
    scope: mainStore.root,
    runtime,
    random,
    connect: network.connect,
    logger,
    shared,
    broadcast: (some) => {
      messages++
      orders.push(...some)
      for (const order of some) worker.apply(order)
    },

    announceStats: (prefix, names) => stats.announce(prefix, names),
    matchStats: (prefix, accepts) => stats.matchBelow(prefix, accepts),
    resolvers,
    parseCluster: (message) => {
      return { ok: true, value: clusterConfig(JSON.stringify(message), manager, extensions), warnings: [] }
    },
    dnsCacheManager,
    dnsCaches: mainCaches,
  })
  const parsed = configs.map((one) => (typeof one === 'string' ? clusterConfig(one, manager) : one))
  clusterManager.addStaticClusters(
    parsed,
    parsed.map(({ name }) => ({ name })),
  )
  return {
    dispatcher,
    network,
    shedding,
    manager: clusterManager,
    worker,
    orders,
    messages: () => messages,
    stat: (name) => {
      for (const cluster of clusterManager.active()) cluster.refreshStats()
      const definitions = workerStore.takeDefinitions()
      if (definitions !== undefined) stats.addDefinitions(0, definitions)
      return stats.counter(name)?.value ?? stats.gauge(name)?.value ?? (isListed(stats, name) ? 0 : undefined)
    },
    setRuntime: (values) => (runtime.current = runtimeFromValues(JSON.stringify(values))),
    request: (name, options = {}) => {
      const cluster = worker.get(name)
      if (cluster === undefined) throw new Error(`no cluster ${name}`)
      const pick = cluster.chooseHost(options.context ?? ANY_HOST)
      if (pick.kind !== 'host') throw new Error(`no host: ${pick.kind}`)
      const stream = new RecordedStream()
      const headers = newRequestHeaders(options.method ?? 'GET', '/', 'example.com')
      stream.onReady = (encoder) => encoder.encodeHeaders(headers, options.unfinished !== true)
      const pool = cluster.httpPool(pick.host, options.priority ?? 'default', ANY_HOST)
      if (pool === undefined) throw new Error('no pool')
      stream.cancellable = pool.newStream(stream, stream)
      return stream
    },
  }
}

function isListed(stats: MergedStats, name: string): boolean {
  const runs = [...stats.counterRuns(), ...stats.gaugeRuns()]
  return runs.some(({ prefix, suffixes }) => name.startsWith(prefix) && suffixes.includes(name.slice(prefix.length)))
}
