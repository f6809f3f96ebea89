/** What the command line said: plain data, the same on every thread. Names follow the flags. */
import type { LogComponent, LogLevel } from './log.ts'

export type ServerMode = 'serve' | 'validate' | 'init_only'
export type DrainStrategy = 'gradual' | 'immediate'
export type FindingFormat = 'human' | 'json' | 'sarif' | 'github'

export interface Options {
  /** '' when not given; then `configYaml` is all there is. */
  readonly configPath: string
  /** Merged over the file. */
  readonly configYaml: string
  readonly mode: ServerMode
  /** Workers, at least 1: --concurrency, or what the machine (with --cpuset-threads: and the cgroup) allows. */
  readonly concurrency: number
  readonly cpusetThreads: boolean

  readonly logLevel: LogLevel
  readonly componentLogLevels: readonly ComponentLevel[]
  readonly componentLogLevel: string
  readonly logFormat: string
  /** --log-format was given, so the bootstrap may not say another one. */
  readonly logFormatGiven: boolean
  readonly logFormatEscaped: boolean
  readonly enableFineGrainLogging: boolean
  readonly logStacktraceSingleEntry: boolean
  /** '' is stderr. */
  readonly logPath: string
  readonly fileFlushIntervalMs: number
  readonly fileFlushMinBytes: number

  readonly adminAddressPath: string
  readonly localAddressIpVersion: 'v4' | 'v6'
  readonly serviceCluster: string
  readonly serviceNode: string
  readonly serviceZone: string

  readonly drainTimeMs: number
  readonly drainStrategy: DrainStrategy
  readonly parentShutdownTimeMs: number

  readonly allowUnknownStaticFields: boolean
  readonly rejectUnknownDynamicFields: boolean
  readonly ignoreUnknownDynamicFields: boolean
  readonly skipDeprecatedLogs: boolean
  /** `category/name`, as written. */
  readonly disabledExtensions: readonly string[]
  readonly statsTags: readonly StatsTag[]
  readonly enableMutexTracing: boolean
  readonly enableCoreDump: boolean

  readonly disableHotRestart: boolean
  readonly baseId: number
  readonly useDynamicBaseId: boolean
  readonly baseIdPath: string
  readonly restartEpoch: number
  readonly skipHotRestartOnNoParent: boolean
  readonly skipHotRestartParentStats: boolean
  readonly socketPath: string
  /** Permission bits; 0 for an abstract socket. */
  readonly socketMode: number

  // Nuncio's own.
  /** How long requests in flight may go on after SIGTERM. */
  readonly sigtermGraceMs: number
  /** Whether workers are kept on their CPUs while nobody else wants these. */
  readonly workerAffinity: 'auto' | 'none'
  /** Warnings of the configuration are errors. */
  readonly strict: boolean
  readonly findingFormat: FindingFormat
  /** A field that Nuncio does not act on is a warning instead of an error. */
  readonly allowUnsupportedFields: boolean
}

export interface ComponentLevel {
  readonly component: LogComponent
  readonly level: LogLevel
}

export interface StatsTag {
  readonly name: string
  readonly value: string
}

/** A line that the command line earned; to be logged before anything else. */
export interface OptionsNotice {
  readonly component: 'config' | 'misc'
  readonly level: 'info' | 'warning'
  readonly source: string
  readonly message: string
}

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'run'; readonly options: Options; readonly notices: readonly OptionsNotice[] }
  /** `nuncio explain NU101`. */
  | { readonly kind: 'explain'; readonly id: string }
  /** `nuncio route-check`: paths of a route configuration and of the tests for it. */
  | {
      readonly kind: 'route-check'
      readonly config: string
      readonly golden: string
      readonly details: boolean
      readonly onlyShowFailures: boolean
      readonly failUnder: number
      readonly comprehensive: boolean
      readonly detailedCoverage: boolean
    }
  /** `nuncio route-check` with a method and a URL: how a bootstrap treats that request. */
  | {
      readonly kind: 'explain-request'
      readonly config: string
      readonly method: string
      readonly url: string
      /** `name: value` */
      readonly headers: readonly string[]
      readonly listener: string | undefined
      readonly random: number
    }
  /** `nuncio supervise [--watch] -- <flags>`; `flags` are the proxy's, as given. */
  | {
      readonly kind: 'supervise'
      readonly watch: boolean
      readonly flags: readonly string[]
      readonly configPath: string
      readonly dynamicBaseId: boolean
    }
  | { readonly kind: 'exit'; readonly code: number; readonly stdout: string; readonly stderr: string }
