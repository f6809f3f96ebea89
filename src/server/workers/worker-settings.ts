import type { Message } from '../../api/config.ts'
import type { LocalInfo } from '../../api/extension.ts'
import type { DrainStrategy } from '../../api/options.ts'
import type { LogSettings } from '../../log/thread-log.ts'
import type { StatsSinkSettings } from '../stats-sinks.ts'
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
