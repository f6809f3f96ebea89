/**
 * What the admin server may ask of the process: narrow capabilities, which the server implements. All of it is called on
 * the main thread, while a request is answered.
 */
import type { Message } from '../api/config.ts'
import type { Extension } from '../api/extension.ts'
import type { LogComponent, LogLevel } from '../api/log.ts'
import type { Address } from '../api/network.ts'
import type { Options } from '../api/options.ts'
import type { Locality } from '../api/upstream.ts'
import type { MergedStats } from '../stats/merged-stats.ts'
import type { BucketBounds } from '../stats/render/bucket-bounds.ts'
import type { PrometheusNames } from '../stats/render/prometheus-name.ts'

export interface AdminDeps {
  readonly process: AdminProcess
  readonly stats: AdminStats
  readonly runtime: AdminRuntime
  readonly log: AdminLog
  readonly config: AdminConfigSource
  /** In any order; hosts by priority, then in the order of the host set. */
  clusters(): readonly AdminCluster[]
  /** Those whose hosts are shown with the statistics. */
  clustersPerEndpoint(): readonly AdminCluster[]
  readonly listeners: AdminListeners
}

export type AdminServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING'

export interface AdminProcess {
  readonly options: Options
  /** `<commit>/1.40.0/Clean/RELEASE/BoringSSL` */
  readonly version: string
  readonly extensions: readonly Extension[]
  readonly state: AdminServerState
  /** Whole seconds. */
  readonly uptimeS: number
  /** Since the first of this chain of hot restarts started. */
  readonly uptimeAllEpochsS: number
  /** `11.104`, or `disabled`. */
  readonly hotRestartVersion: string
  /** This epoch or the next one is starting. */
  readonly hotRestartInitializing: boolean
  /** /healthcheck/fail and /healthcheck/ok. */
  setHealthFailed(failed: boolean): void
  /** /quitquitquit: like SIGTERM. The reply is on its way; the process may end right after the present turn. */
  quit(): void
  reopenLogs(): void
  memory(): AdminMemory
  /** Of the main thread, in the format of V8. Takes a while, in which the main thread does nothing else. */
  heapSnapshot(): string
  /** Init managers of the listeners that are not ready, and what they wait for (`/init_dump`). */
  unreadyListeners(): readonly UnreadyTargets[]
}

/** Bytes, as the allocator and the system see them. */
export interface AdminMemory {
  readonly allocated: number
  readonly heapSize: number
  readonly pageheapUnmapped: number
  readonly pageheapFree: number
  readonly totalThreadCache: number
  readonly totalPhysicalBytes: number
}

export interface UnreadyTargets {
  readonly name: string
  readonly targetNames: readonly string[]
}

export interface AdminStats {
  readonly merged: MergedStats
  readonly bounds: BucketBounds
  readonly prometheusNames: PrometheusNames
  /**
   * Before statistics are shown: takes in what the workers have created since, and with stats_flush_on_admin merges the
   * histograms too. Resolves even when a worker is gone.
   */
  refresh(): Promise<void>
}

export interface AdminRuntime {
  /** The body of /runtime. */
  render(): string
  /** Sets keys of the admin layer, on all threads; why not, where it cannot. */
  modify(values: readonly (readonly [string, string])[]): string | undefined
}

export interface AdminLog {
  levels(): Readonly<Record<LogComponent, LogLevel>>
  /** On all threads, with a line in the log for each. */
  setLevels(levels: Readonly<Partial<Record<LogComponent, LogLevel>>>): void
  /** On all threads, with one line. */
  setAllLevels(level: LogLevel): void
}

/** A resource as it was given, and when it was taken. */
export interface DumpedResource {
  readonly message: Message
  /** Wall-clock milliseconds. */
  readonly lastUpdatedMs: number
}

export interface AdminConfigSource {
  /** The bootstrap as loaded; its node is completed here. */
  readonly bootstrap: DumpedResource
  staticClusters(): readonly DumpedResource[]
  staticListeners(): readonly DumpedResource[]
  /** What came from control planes; absent where there is none. */
  dynamic?(): AdminDynamicResources
}

/** A resource that came from a control plane. */
export interface DynamicResource extends DumpedResource {
  readonly version: string
}

export interface AdminDynamicResources {
  /** Versions of the last updates that were taken; '' before the first. */
  readonly clustersVersion: string
  readonly listenersVersion: string
  readonly activeClusters: readonly DynamicResource[]
  readonly warmingClusters: readonly DynamicResource[]
  readonly listeners: readonly DynamicListener[]
  /** Listeners, and filter chains of listeners, that drain: the routes in them are in use. */
  readonly draining: readonly DumpedResource[]
  readonly routes: readonly DynamicResource[]
  /** The scopes of each subscription, by name. */
  readonly scopes: readonly DynamicScopes[]
  /** By kind, in Envoy's order; one for each kind that was ever asked for. */
  readonly filters: readonly { readonly resources: readonly DynamicResource[] }[]
}

/** Scopes that came by discovery. */
export interface DynamicScopes {
  /** Of the connection manager's scoped_routes. */
  readonly name: string
  readonly version: string
  readonly lastUpdatedMs: number
  readonly scopes: readonly Message[]
}

export interface DynamicListener {
  /** Absent: an entry for what was wrong with the last update. */
  readonly name?: string
  readonly active?: DynamicResource
  readonly warming?: DynamicResource
  readonly draining?: DynamicResource
  readonly error?: ResourceFailure
}

/** An update that was refused. */
export interface ResourceFailure {
  readonly message: Message
  readonly details: string
  /** Wall-clock milliseconds. */
  readonly attemptedMs?: number
}

export interface AdminListeners {
  /** Active ones; every address they are bound to, with the real port. */
  list(): readonly AdminListener[]
  /** What of the request cannot be done, in which case nothing was. */
  drain(request: DrainRequest): string | undefined
}

export interface AdminListener {
  readonly name: string
  readonly addresses: readonly Address[]
}

export interface DrainRequest {
  /** Go on accepting for the drain time, and only then stop. */
  readonly graceful: boolean
  /** Drain connections, and never stop the listeners. */
  readonly skipExit: boolean
  readonly inboundOnly: boolean
}

export interface AdminCluster {
  readonly name: string
  readonly observabilityName: string
  readonly addedViaApi: boolean
  readonly defaultThresholds: AdminThresholds
  readonly highThresholds: AdminThresholds
  readonly hosts: readonly AdminHost[]
  /** Of type EDS, where it is not the cluster's name. */
  readonly edsServiceName: string | undefined
  /** cluster_name of its assignment. */
  readonly assignmentName: string
  readonly overprovisioningFactor: number
  /** False: its hosts come one by one, from no locality. */
  readonly hasLocalityWeights: boolean
  /** Where outliers are detected: of all hosts, by the origin of the results. */
  readonly outlier?: Readonly<Record<'external' | 'local', AdminSuccessRates>> | undefined
}

/** In percent; -1: too few hosts had enough requests. */
export interface AdminSuccessRates {
  readonly average: number
  readonly threshold: number
}

export interface AdminThresholds {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
}

export interface AdminHost {
  readonly address: Address
  readonly additionalAddresses?: readonly Address[] | undefined
  readonly hostname: string
  /** As /clusters names them: `failed_active_hc`, `eds_status_draining`, `pending_dns_removal` …; none: healthy. */
  readonly healthFlags: readonly string[]
  readonly edsHealthStatus: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED'
  readonly weight: number
  readonly locality: Locality
  /** 0: it has none. */
  readonly localityWeight: number
  readonly metadata: Message | undefined
  readonly canary: boolean
  readonly priority: number
  /** Whether it gets requests. */
  readonly health: 'healthy' | 'degraded' | 'unhealthy'
  /** '' when none. */
  readonly healthCheckHostname: string
  /** 0: its own. */
  readonly healthCheckPort: number
  /** In percent; absent or -1: not known. */
  readonly successRate?: number
  readonly localOriginSuccessRate?: number
  readonly stats: AdminHostStats
}

/** Sums over all workers. */
export interface AdminHostStats {
  readonly cxActive: number
  readonly cxConnectFail: number
  readonly cxTotal: number
  readonly rqActive: number
  readonly rqError: number
  readonly rqPendingActive: number
  readonly rqSuccess: number
  readonly rqTimeout: number
  readonly rqTotal: number
}
