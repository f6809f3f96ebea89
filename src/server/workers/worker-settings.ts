import type { Message } from '../../api/config.ts'
import type { LocalInfo } from '../../api/extension.ts'
import type { DrainStrategy, Options } from '../../api/options.ts'
import type { LogSettings } from '../../log/thread-log.ts'
import type { Bootstrap } from '../bootstrap.ts'
import type { StatsSinkSettings } from '../stats-sinks.ts'
import { statsSinkSettings } from '../stats-sinks.ts'
import type { OverloadSettings } from '../overload/thread-overload.ts'

/** What a worker learns from the main thread before anything else. Plain data; crosses as JSON text. */
export interface WorkerSettings {
  readonly log: LogSettings
  /** --log-path; '' is stderr. */
  readonly logPath: string
  readonly fileFlushIntervalMs: number
  readonly fileFlushMinBytes: number
  readonly localInfo: LocalInfo
  /** The cluster that this proxy belongs to; '': nobody said. */
  readonly localClusterName: string
  /** Of the bootstrap, for connection managers that name none. */
  readonly defaultTracer: Message | undefined
  /** As `LayeredRuntime.valuesText` made it. */
  readonly runtimeValues: string
  readonly healthFailed: boolean
  /** enable_dispatcher_stats. */
  readonly dispatcherStats: boolean
  readonly overload: OverloadSettings
  readonly statsSinks: StatsSinkSettings | undefined
  readonly drainTimeS: number
  readonly drainStrategy: DrainStrategy
}

/** Those that the server works out as it starts. */
export type OwnSettings = Pick<WorkerSettings, 'log' | 'localInfo' | 'runtimeValues' | 'overload' | 'healthFailed'>

export function workerSettings(bootstrap: Bootstrap, options: Options, own: OwnSettings): WorkerSettings {
  return {
    ...own,
    logPath: options.logPath,
    fileFlushIntervalMs: options.fileFlushIntervalMs,
    fileFlushMinBytes: options.fileFlushMinBytes,
    localClusterName: bootstrap.clusterManager.localClusterName,
    defaultTracer: bootstrap.defaultTracer,
    dispatcherStats: bootstrap.dispatcherStats,
    statsSinks: statsSinkSettings(bootstrap.message, options.statsTags),
    drainTimeS: options.drainTimeMs / 1000,
    drainStrategy: options.drainStrategy,
  }
}
