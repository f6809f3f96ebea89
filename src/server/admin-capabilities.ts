/** The server as the admin API sees it. */
import type {
  AdminConfigSource,
  AdminDeps,
  AdminListeners,
  AdminLog,
  AdminMemory,
  AdminProcess,
  AdminRuntime,
  AdminStats,
  DrainRequest,
} from '../admin/admin-deps.ts'
import type { Extension } from '../api/extension.ts'
import type { Timer } from '../api/event.ts'
import { changeAllLevels, changeLevels } from '../log/change-levels.ts'
import { PrometheusNames } from '../stats/render/prometheus-name.ts'
import { HOT_RESTART_VERSION } from './hot_restart/shared-memory.ts'
import type { Server } from './server.ts'
import { dynamicResources } from './dynamic-dump.ts'
import { VERSION_TEXT } from './version.ts'

export interface AdminCapabilitiesDeps {
  readonly extensions: readonly Extension[]
  /** /quitquitquit. */
  readonly endProcess: () => void
}

export class AdminCapabilities implements AdminDeps {
  readonly process: AdminProcess
  readonly stats: AdminStats
  readonly runtime: AdminRuntime
  readonly log: AdminLog
  readonly config: AdminConfigSource
  readonly listeners: AdminListeners
  readonly #server: Server

  constructor(server: Server, deps: AdminCapabilitiesDeps) {
    this.#server = server
    this.process = processOf(server, deps)
    this.stats = statsOf(server)
    this.runtime = runtimeOf(server)
    this.log = logOf(server)
    this.config = configOf(server)
    this.listeners = new Listeners(server)
  }

  clustersPerEndpoint(): ReturnType<AdminDeps['clusters']> {
    return this.#server.clusterManager.statusPerEndpoint()
  }

  clusters(): ReturnType<AdminDeps['clusters']> {
    return this.#server.clusterManager.status()
  }
}

function processOf(server: Server, { extensions, endProcess }: AdminCapabilitiesDeps): AdminProcess {
  return {
    options: server.options,
    version: VERSION_TEXT,
    extensions,
    get state() {
      return server.state
    },
    get uptimeS() {
      return server.status.uptimeS
    },
    get uptimeAllEpochsS() {
      return server.status.uptimeAllEpochsS
    },
    hotRestartVersion: server.hotRestarter === undefined ? 'disabled' : HOT_RESTART_VERSION,
    get hotRestartInitializing() {
      return server.hotRestarter?.initializing ?? false
    },
    setHealthFailed: (failed) => void server.setHealthFailed(failed),
    quit: endProcess,
    reopenLogs: () => void server.reopenLogs(),
    memory: () => memoryOf(server),
    heapSnapshot: () => Bun.generateHeapSnapshot('v8'),
    unreadyListeners: () =>
      server.listenerManager.unready().map(({ initManager }) => ({
        name: `init manager ${initManager.name}`,
        targetNames: initManager.unready,
      })),
  }
}

function memoryOf({ status }: Server): AdminMemory {
  const { heapUsed, heapTotal, external, rss } = status.memory.look()
  return {
    allocated: heapUsed + external,
    heapSize: heapTotal,
    // What the allocator of this runtime keeps in reserve it does not tell.
    pageheapUnmapped: 0,
    pageheapFree: Math.max(0, heapTotal - heapUsed),
    totalThreadCache: 0,
    totalPhysicalBytes: rss,
  }
}

function statsOf(server: Server): AdminStats {
  const { buckets, tags } = server.bootstrap.stats
  return {
    merged: server.mergedStats,
    bounds: buckets,
    prometheusNames: new PrometheusNames(tags),
    refresh: async () => {
      server.clusterManager.refreshStats()
      if (server.bootstrap.statsFlushOnAdmin) await server.statsFlusher.flush()
      else await server.statsFlusher.sync()
    },
  }
}

function runtimeOf(server: Server): AdminRuntime {
  return {
    render: () => server.runtime.render(),
    modify: (values) => server.runtime.modify(values),
  }
}

function logOf(server: Server): AdminLog {
  const { log } = server.thread
  const tellWorkers = (): void => {
    void server.broadcast({ kind: 'log.level', levels: JSON.stringify(log.levels()) })
  }
  return {
    levels: () => log.levels(),
    setLevels: (levels) => {
      changeLevels(log, levels)
      tellWorkers()
    },
    setAllLevels: (level) => {
      changeAllLevels(log, level)
      tellWorkers()
    },
  }
}

function configOf(server: Server): AdminConfigSource {
  const { bootstrap, status } = server
  const dumped = (message: typeof bootstrap.message) => ({ message, lastUpdatedMs: status.startedWall })
  return {
    bootstrap: dumped(bootstrap.message),
    staticClusters: () => bootstrap.clusterMessages.map(dumped),
    staticListeners: () =>
      server.listenerManager
        .listeners()
        .filter(({ addedViaApi }) => !addedViaApi)
        .map(({ message, lastUpdated }) => ({ message, lastUpdatedMs: lastUpdated })),
    dynamic: () => dynamicResources(server),
  }
}

class Listeners implements AdminListeners {
  readonly #server: Server
  /** Stops the listeners at the end of a graceful drain. */
  readonly #stopTimer: Timer
  #inboundOnly = false

  constructor(server: Server) {
    this.#server = server
    this.#stopTimer = server.thread.dispatcher.timer(() => {
      void server.listenerManager.stopListeners({ inboundOnly: this.#inboundOnly })
    })
  }

  list(): ReturnType<AdminListeners['list']> {
    return this.#server.listenerManager.listeners().map(({ name, addresses }) => ({ name, addresses }))
  }

  drain({ graceful, skipExit, inboundOnly }: DrainRequest): undefined {
    const { listenerManager, options } = this.#server
    if (!graceful && !skipExit) {
      void listenerManager.stopListeners({ inboundOnly })
      return
    }
    void listenerManager.drainListeners({ inboundOnly })
    if (skipExit || this.#stopTimer.enabled) return
    this.#inboundOnly = inboundOnly
    this.#stopTimer.enable(options.drainTimeMs)
  }
}
