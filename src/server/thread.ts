/**
 * What every thread of the process has, main and workers alike: an event loop, its own statistics, its own log and its
 * own access-log files. Products of extensions see it as a `FactoryContext`.
 */
import type { DnsCaches } from '../api/dns-cache.ts'
import type { FactoryContext, LocalInfo } from '../api/extension.ts'
import type { LogComponent } from '../api/log.ts'
import type { Overload } from '../api/overload.ts'
import type { ScopedRoutes } from '../api/route.ts'
import type { Runtime, RuntimeSnapshot } from '../api/runtime.ts'
import type { SharedStates } from '../api/shared-states.ts'
import type { ClusterView } from '../api/upstream.ts'
import { NO_OVERLOAD } from '../base/no-overload.ts'
import { createSharedStatesBuffer, ThreadSharedStates } from '../base/shared-states.ts'
import { Activity } from '../event/activity.ts'
import { wallMs } from '../event/clock.ts'
import { FilterConfigs } from '../config/filter-discovery/filter-configs.ts'
import { DispatcherStats } from '../event/dispatcher-stats.ts'
import { WITH_TIMERS } from '../event/file-events.ts'
import { LiveDispatcher } from '../event/live-dispatcher.ts'
import { systemRandom } from '../event/random.ts'
import { openLogPath, stderrSink } from '../log/application-log-sink.ts'
import type { FileSink, FileSinkDeps } from '../log/file-sink.ts'
import { fileSinkStats } from '../log/file-sink-stats.ts'
import { FileSinks } from '../log/file-sinks.ts'
import type { LogSettings } from '../log/thread-log.ts'
import { ThreadLog } from '../log/thread-log.ts'
import { threadId } from '../platform/thread-id.ts'
import { RouteTables } from '../router/route-tables.ts'
import type { ScopedRouteTables } from '../router/scoped-route-tables.ts'
import { StatsStore } from '../stats/stats-store.ts'
import { TokenBuckets } from '../xds/token-buckets.ts'
import { NO_DNS_CACHES } from '../upstream/dns-cache/no-dns-caches.ts'
import { ENVOY_VERSION } from './version.ts'

export interface FileFlush {
  readonly flushIntervalMs: number
  readonly flushMinBytes: number
}

/** What else a factory context needs; the owner of the thread knows it. */
export interface ThreadParts {
  readonly clusters: ClusterView
  readonly runtime: Runtime
  readonly localInfo: LocalInfo
  readonly health: { readonly failed: boolean }
  /** None for the main thread. */
  readonly overload?: Overload
  /** None for the main thread, which serves no traffic that has to be limited. */
  readonly shared?: SharedStates
  /** None where nothing is forwarded. */
  readonly dnsCaches?: DnsCaches
}

export class Thread {
  readonly dispatcher: LiveDispatcher
  readonly stats = new StatsStore()
  readonly log: ThreadLog
  readonly accessLogFiles: FileSinks
  /** Tables that came by name (RDS). */
  readonly routes = new RouteTables()
  /** Scopes that came by discovery (SRDS); set where there are any. */
  scopedRoutes: ScopedRouteTables | undefined = undefined
  /** Filters whose configurations came by name (ECDS). */
  readonly filterConfigs = new FilterConfigs()
  /** Token buckets that came by name. */
  readonly tokenBuckets = new TokenBuckets()
  readonly #stderr: FileSink
  readonly #sinkDeps: FileSinkDeps
  #logFile: FileSink | undefined = undefined

  /** `activity`: where the watchdog of this thread looks. */
  constructor(name: string, log: LogSettings, flush: FileFlush, activity = new Activity(), patience = WITH_TIMERS) {
    activity.threadId = threadId()
    this.dispatcher = new LiveDispatcher(name, activity, patience)
    const timer = (callback: () => void) => this.dispatcher.timer(callback)
    this.#stderr = stderrSink(timer)
    this.log = new ThreadLog(log, {
      sink: this.#stderr,
      threadId: threadId(),
      processId: process.pid,
      version: ENVOY_VERSION,
      // Not the turn's own time: a start is one long turn, and its lines say how long its parts took.
      wallNow: () => this.dispatcher.wallNow + this.dispatcher.preciseNow() - this.dispatcher.now,
    })
    this.#sinkDeps = { timer, ...flush, stats: fileSinkStats(this.stats.root) }
    this.accessLogFiles = new FileSinks(this.#sinkDeps)
  }

  /** Sends the application log to the file of --log-path; the text of the failure when it cannot be opened. */
  logTo(path: string): string | undefined {
    const opened = openLogPath(path, this.#sinkDeps)
    if (!opened.ok) return opened.error
    this.#logFile = opened.sink
    this.log.setSink(opened.sink)
    return undefined
  }

  /** SIGUSR1: the files that were moved away are let go. */
  reopenLogs(): void {
    this.accessLogFiles.reopen()
    this.#logFile?.reopen()
  }

  /** enable_dispatcher_stats; `owner` is what comes before `dispatcher.` in their names. */
  measureDispatcher(owner: string): void {
    this.dispatcher.measure(new DispatcherStats(this.stats.root, owner))
  }

  factoryContext(parts: ThreadParts): FactoryContext {
    const { root } = this.stats
    return {
      dispatcher: this.dispatcher,
      scope: root,
      httpScope: root,
      listenerScope: root,
      clusters: parts.clusters,
      dnsCaches: parts.dnsCaches ?? NO_DNS_CACHES,
      runtime: parts.runtime,
      random: systemRandom,
      accessLogFiles: this.accessLogFiles,
      localInfo: parts.localInfo,
      drain: NEVER_DRAINING,
      health: parts.health,
      overload: parts.overload ?? NO_OVERLOAD,
      shared: parts.shared ?? new ThreadSharedStates(createSharedStatesBuffer(wallMs() - 1000, 0)),
      logger: (component) => this.log.logger(component as LogComponent),
      routes: (key) => this.routes.provider(key),
      scopedRoutes: (key) => this.scopedRoutes?.provider(key) ?? NO_SCOPES,
      filterConfigs: (key) => this.filterConfigs.provider(key),
      tokenBuckets: (key) => this.tokenBuckets.provider(key),
      listenerDirection: 'UNSPECIFIED',
    }
  }

  /** Writes out what is buffered and lets go of files and timers. */
  close(): void {
    this.accessLogFiles.close()
    this.#logFile?.close()
    this.#stderr.flush()
    this.dispatcher.close()
  }
}

const NO_SCOPES: ScopedRoutes = { current: new Map(), request: (_key, done) => done(false) }
const NEVER_DRAINING = { drainClose: false, rawDrainClose: false }

/** A runtime whose snapshot is replaced whole. */
export class ReplacedRuntime implements Runtime {
  current: RuntimeSnapshot

  constructor(current: RuntimeSnapshot) {
    this.current = current
  }
}
