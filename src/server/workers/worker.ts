/**
 * A worker thread's life: it takes messages of the main thread in order, acknowledges each once it has taken effect,
 * and between them serves connections.
 */
import type { Message } from '../../api/config.ts'
import type { FilterKind } from '../../api/discovery.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { SharedStates } from '../../api/shared-states.ts'
import type { FromWorker, ToWorker, WorkerInit } from '../../api/worker.ts'
import { SharedClock } from '../../base/shared-clock.ts'
import { ThreadSharedStates } from '../../base/shared-states.ts'
import { typeNameInMessage } from '../../config/any-type-name.ts'
import { FILTER_CATEGORIES } from '../../config/filter-discovery/filter-categories.ts'
import { trustedReader } from '../../config/reader/trusted-reader.ts'
import { tokenBucketOf } from '../../config/token-bucket.ts'
import { Activity } from '../../event/activity.ts'
import { AfterBurst } from '../../event/after-burst.ts'
import { WITHOUT_TIMERS } from '../../event/file-events.ts'
import { systemRandom } from '../../event/random.ts'
import { ConnectionHandler } from '../../listener/connection-handler.ts'
import { parseListener } from '../../listener/listener-config.ts'
import { releaseProgramPages } from '../../platform/program-pages.ts'
import { createClusterPolicies, readClusterPolicies } from '../../router/cluster-policies/cluster-policies.ts'
import { parseRouteConfiguration } from '../../router/route-config.ts'
import type { SentScope } from '../../router/scoped-route-tables.ts'
import { ScopedRouteTables } from '../../router/scoped-route-tables.ts'
import { runtimeFromValues } from '../../runtime/runtime-from-values.ts'
import type { SharedBlock } from '../../stats/shared-counters.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import { HTTP_PROTOCOL_OPTIONS } from '../../upstream/config/http-settings.ts'
import { ThreadDnsCaches } from '../../upstream/dns-cache/thread-dns-caches.ts'
import { readTransport } from '../../upstream/transport/transport-config.ts'
import { Transports } from '../../upstream/transport/transports.ts'
import { ThreadClusters } from '../../upstream/thread-clusters.ts'
import { localityOf } from '../local-info.ts'
import { ReplacedRuntime, Thread } from '../thread.ts'
import type { StatsSinks } from '../stats-sinks.ts'
import { createWorkerSinks } from '../stats-sinks.ts'
import type { OverloadStates } from '../overload/thread-overload.ts'
import { ThreadOverload } from '../overload/thread-overload.ts'
import { collectInPauses } from './collect-in-pauses.ts'
import type { WorkerSettings } from './worker-settings.ts'

const CLUSTER_TYPE = 'envoy.config.cluster.v3.Cluster'
const LISTENER_TYPE = 'envoy.config.listener.v3.Listener'
const FILTER_TYPE = 'envoy.config.core.v3.TypedExtensionConfig'
const ROUTES_TYPE = 'envoy.config.route.v3.RouteConfiguration'

/** The garbage of many connections that began or ended would wait for a collection that may never come. */
const CONNECTION_BURST = { quietMs: 200, atLeast: 500 }

/** Concurrent with what the thread does next. */
function giveMemoryBack(): void {
  Bun.gc(true)
  releaseProgramPages()
}

export interface WorkerDeps {
  /** For configuration that the main thread has proved. */
  parseContext(thread: Thread): ParseContext
  send(message: FromWorker): void
}

/** Made by the first message, see `receive`. */
interface Serving {
  readonly thread: Thread
  readonly runtime: ReplacedRuntime
  readonly health: { failed: boolean }
  readonly overload: ThreadOverload
  readonly dnsCaches: ThreadDnsCaches
  readonly clusters: ThreadClusters
  readonly connections: ConnectionHandler
  readonly parse: ParseContext
  readonly shared: SharedStates
  readonly sinks: StatsSinks | undefined
}

export class WorkerThread {
  readonly #deps: WorkerDeps
  #serving: Serving | undefined = undefined

  constructor(deps: WorkerDeps) {
    this.#deps = deps
  }

  receive(message: ToWorker): void {
    if (message.kind === 'init')
      this.#serving = this.#begin(message.init, JSON.parse(message.settings) as WorkerSettings)
    const serving = this.#serving
    if (serving === undefined) throw new Error(`${message.kind} before init`)
    if (message.kind === 'stop') return this.#stop(serving, message.seq, message.graceMs)
    if (message.kind === 'stats.merge') return this.#mergeStats(serving, message.seq)
    const { dispatcher } = serving.thread
    dispatcher.callbackBegins()
    this.#apply(serving, message)
    dispatcher.callbackEnds()
    this.#deps.send({ kind: 'ack', seq: message.seq })
  }

  #begin(init: WorkerInit, settings: WorkerSettings): Serving {
    const { name, index } = init
    const flush = { flushIntervalMs: settings.fileFlushIntervalMs, flushMinBytes: settings.fileFlushMinBytes }
    const activity = new Activity(init.activity, index + 1)
    const thread = new Thread(name, settings.log, flush, activity, WITHOUT_TIMERS)
    if (settings.logPath !== '') thread.logTo(settings.logPath)
    if (settings.dispatcherStats) thread.measureDispatcher(`listener_manager.${name}.`)
    const runtime = new ReplacedRuntime(runtimeFromValues(settings.runtimeValues))
    const health = { failed: settings.healthFailed }
    const overload = new ThreadOverload(settings.overload, {
      random: systemRandom,
      runtime,
      scope: thread.stats.root,
      connections: init.connections,
    })
    const parse = { ...this.#deps.parseContext(thread), defaultTracer: settings.defaultTracer }
    const shared = new ThreadSharedStates(init.shared)
    const dnsCaches = new ThreadDnsCaches({
      dispatcher: thread.dispatcher,
      scope: thread.stats.root,
      runtime,
      shared,
      ask: (request) => this.#deps.send(request),
    })
    const clusters = new ThreadClusters({
      dispatcher: thread.dispatcher,
      scope: thread.stats.root,
      runtime,
      random: systemRandom,
      dnsCaches,
      threadName: name,
      locality: localityOf(settings.localInfo),
      localClusterName: settings.localClusterName,
      shedConnection: overload.loadShedPoint('connection_pool_new_connection'),
      forgetStats: (prefix) => {
        thread.stats.forget(prefix)
        sinks?.forget(prefix)
      },
      report: (cluster, host, report) => this.#deps.send({ kind: 'host.report', cluster, host, report }),
      found: (cluster, address, token) => this.#deps.send({ kind: 'host.found', cluster, address, token }),
      wantSubCluster: (cluster, host, port) => this.#deps.send({ kind: 'cluster.wanted', cluster, host, port }),
      logger: (component) => thread.log.logger(component),
      transports: (fields, scope) =>
        new Transports(readTransport(trustedReader(CLUSTER_TYPE, fields), parse), { ...context, scope }),
      httpPolicies: (options, scope) => {
        const config = readClusterPolicies(trustedReader(HTTP_PROTOCOL_OPTIONS, options), parse)
        return createClusterPolicies(config, { ...context, httpScope: scope })
      },
    })
    const context = thread.factoryContext({
      clusters,
      runtime,
      localInfo: settings.localInfo,
      health,
      overload,
      shared,
      dnsCaches,
    })
    const sinks = createWorkerSinks(settings.statsSinks, thread.stats, parse, context)
    thread.scopedRoutes = new ScopedRouteTables({
      routes: (key) => thread.routes.provider(key),
      build: (table) =>
        parseRouteConfiguration(trustedReader(ROUTES_TYPE, table), parse).bind(runtime, thread.stats.root),
      want: (key, scope) => this.#deps.send({ kind: 'scope.wanted', key, scope }),
    })
    const afterBurst = new AfterBurst(thread.dispatcher, CONNECTION_BURST, giveMemoryBack)
    collectInPauses(thread.dispatcher)
    const connections = new ConnectionHandler({
      dispatcher: thread.dispatcher,
      workerName: name,
      workerIndex: index,
      handOver: (tag, worker, fd) => this.#deps.send({ kind: 'connection.hand-over', tag, worker, fd }),
      context,
      onConnectionOpened: () => afterBurst.event(),
      onConnectionClosed: () => afterBurst.event(),
      drainTimeS: settings.drainTimeS,
      drainStrategy: settings.drainStrategy,
    })
    return { thread, runtime, health, overload, dnsCaches, clusters, connections, parse, shared, sinks }
  }

  #apply(serving: Serving, message: Exclude<ToWorker, { kind: 'stop' | 'stats.merge' }>): void {
    const { thread, connections } = serving
    switch (message.kind) {
      case 'init':
        return
      case 'listener.add': {
        const reader = trustedReader(LISTENER_TYPE, JSON.parse(message.resource) as Message)
        // What the listener manager allocated, copied by the thread boundary; the memory in it is shared.
        const open = new SharedCounters(message.shared as SharedBlock)
        const sockets = { fds: message.socketFds, connections: open }
        return connections.addListener(message.tag, parseListener(reader, serving.parse), sockets)
      }
      case 'listener.chains': {
        const reader = trustedReader(LISTENER_TYPE, JSON.parse(message.resource) as Message)
        return connections.updateFilterChains(message.tag, parseListener(reader, serving.parse), message.group)
      }
      case 'connection.adopt':
        return connections.adoptConnection(message.tag, message.fd)
      case 'listener.chains-remove':
        return connections.removeFilterChains(message.tag, message.group)
      case 'listener.stop':
        return connections.stopListener(message.tag)
      case 'listener.drain':
        return connections.drainListener(message.tag)
      case 'listener.remove':
        connections.removeListener(message.tag)
        if (message.forget !== '') {
          thread.stats.forget(message.forget)
          serving.sinks?.forget(message.forget)
        }
        return
      case 'dns.host':
      case 'dns.host-remove':
        return serving.dnsCaches.apply(message)
      case 'clusters.change':
        for (const order of message.orders) serving.clusters.apply(order)
        return
      case 'routes.set':
        return this.#setRoutes(serving, message.key, message.resource)
      case 'routes.remove':
        return thread.routes.remove(message.key)
      case 'scopes.set':
        return thread.scopedRoutes?.set(message.key, JSON.parse(message.scopes) as SentScope[])
      case 'scopes.remove':
        return thread.scopedRoutes?.remove(message.key)
      case 'filter.set':
        return this.#setFilter(serving, message.key, message.place, message.resource)
      case 'filter.remove':
        return thread.filterConfigs.remove(message.key)
      case 'token-bucket.set':
        return this.#setTokenBucket(serving, message.key, message.generation, message.resource)
      case 'token-bucket.remove':
        return thread.tokenBuckets.remove(message.key)
      case 'runtime.set':
        serving.runtime.current = runtimeFromValues(message.values)
        return
      case 'overload.set':
        return serving.overload.set(JSON.parse(message.states) as OverloadStates)
      case 'heap.shrink':
        Bun.gc(true)
        return
      case 'health.set':
        serving.health.failed = message.failed
        return
      case 'log.level':
        return thread.log.setLevels(JSON.parse(message.levels) as Parameters<typeof thread.log.setLevels>[0])
      case 'log.reopen':
        return thread.reopenLogs()
      case 'start':
        return connections.start()
      case 'stats.sync':
        return this.#defineStats(thread)
    }
  }

  #setRoutes({ thread, runtime, parse }: Serving, key: string, resource: string): void {
    const reader = trustedReader(ROUTES_TYPE, JSON.parse(resource) as Message)
    thread.routes.set(key, parseRouteConfiguration(reader, parse).bind(runtime, thread.stats.root))
    thread.scopedRoutes?.onRoutes()
  }

  #setFilter({ thread, parse }: Serving, key: string, place: FilterKind, resource: string): void {
    const message = JSON.parse(resource) as Message
    const filter = parse.namedExtension(trustedReader(FILTER_TYPE, message), FILTER_CATEGORIES[place])
    if (filter === undefined) throw new Error(`a filter that was proved is not there: ${resource}`)
    thread.filterConfigs.set(key, { filter, typeName: typeNameInMessage(message['typed_config']) })
  }

  #setTokenBucket({ thread, shared }: Serving, key: string, generation: number, resource: string): void {
    const config = tokenBucketOf(JSON.parse(resource) as Message)
    thread.tokenBuckets.set(key, generation, config, shared, new SharedClock(thread.dispatcher, shared))
  }

  #defineStats(thread: Thread): void {
    const definitions = thread.stats.takeDefinitions()
    if (definitions !== undefined) this.#deps.send({ kind: 'stats.define', definitions })
  }

  #mergeStats({ thread }: Serving, seq: number): void {
    this.#defineStats(thread)
    this.#deps.send({ kind: 'stats.merged', seq, histograms: thread.stats.takeHistogramDelta() })
  }

  #stop(serving: Serving, seq: number, graceMs: number): void {
    serving.connections.shutDown(graceMs, () => {
      // The last lines of access logs; the thread itself is ended by the main thread.
      serving.thread.accessLogFiles.flush()
      this.#defineStats(serving.thread)
      this.#deps.send({ kind: 'ack', seq })
    })
  }
}
