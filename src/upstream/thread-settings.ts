/** What a thread must know of a cluster, as it crosses: a text beside shared memory. */
import type { HealthStatus } from './config/load-assignment.ts'
import type { SharedBlock } from '../stats/shared-counters.ts'
import type { SocketOption } from '../network/socket-options.ts'
import type { Message } from '../api/config.ts'
import type { IpAddress } from '../api/network.ts'
import type { ClusterConfig, PreconnectPolicy } from './cluster-config.ts'
import type { UpstreamPoolKind } from './config/upstream-pool.ts'
import type { TrackSettings } from './cluster-tracking.ts'
import type { HappyEyeballsConfig } from './race-order.ts'
import type { CircuitBreakers } from './config/circuit-breakers.ts'
import type { UpstreamHttpSettings } from './config/http-settings.ts'
import type { LbPolicy } from './config/policies/policy.ts'
import type { ProvidedBalancing } from './config/provided-balancing.ts'
import type { OutlierMonitorConfig } from './outlier-detection/host-monitor.ts'

export interface ThreadClusterSettings extends CommonClusterSettings {
  readonly name: string
  readonly observabilityName: string
}

/** Most clusters have the same. */
export interface CommonClusterSettings {
  readonly connectTimeoutMs: number
  readonly perConnectionBufferLimitBytes: number
  /** Absent: 0. */
  readonly highWatermarkTimeoutMs?: number | undefined
  readonly lbPolicy: LbPolicy
  /** In its place. */
  readonly provided?: ProvidedBalancing | undefined
  /** Below this percentage of available hosts health is ignored. */
  readonly healthyPanicPercent: number
  /** Of hosts that a filter may choose by name. */
  readonly overridableStatuses: readonly HealthStatus[]
  readonly closeConnectionsOnHostSetChange: boolean
  readonly closeConnectionsOnHostHealthFailure: boolean
  readonly healthChecked: boolean
  readonly outlierDetection?: OutlierMonitorConfig | undefined
  readonly circuitBreakers: CircuitBreakers
  readonly http: UpstreamHttpSettings
  readonly sourceAddresses: readonly IpAddress[]
  readonly happyEyeballs: HappyEyeballsConfig
  /** See TransportConfig. */
  readonly transport?: Message | undefined
  readonly poolPerDownstream: boolean
  readonly preconnect: PreconnectPolicy
  readonly track: TrackSettings
  readonly upstreamPool?: UpstreamPoolKind
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** `shared` of the order cluster.set; structured clone keeps bytes and shared buffers as they are. */
export interface ThreadClusterShared {
  readonly observabilityName: string
  /** Circuit breakers, see shared-layout.ts. */
  readonly resources: SharedBlock
  readonly socketOptions: readonly SocketOption[]
  /** Of a sub cluster: one number, when it was used last (`sharedMoment`). */
  readonly lastUsed?: SharedBlock | undefined
  /** A worker counts it as its own from its first use on. */
  readonly deferredCreation: boolean
}

export function commonClusterSettings(config: ClusterConfig): CommonClusterSettings {
  return {
    connectTimeoutMs: config.connectTimeoutMs,
    perConnectionBufferLimitBytes: config.perConnectionBufferLimitBytes,
    highWatermarkTimeoutMs: config.highWatermarkTimeoutMs || undefined,
    lbPolicy: config.lbPolicy,
    provided: config.provided,
    healthyPanicPercent: config.commonLb.healthyPanicPercent,
    overridableStatuses: config.commonLb.overridableStatuses,
    closeConnectionsOnHostSetChange: config.commonLb.closeConnectionsOnHostSetChange,
    closeConnectionsOnHostHealthFailure: config.closeConnectionsOnHostHealthFailure,
    healthChecked: config.healthChecks.length > 0,
    outlierDetection: config.outlierDetection && {
      splitLocalOrigin: config.outlierDetection.splitLocalOrigin,
      thresholds: config.outlierDetection.thresholds,
      detectsDegraded: config.outlierDetection.detectsDegraded,
    },
    circuitBreakers: config.circuitBreakers,
    http: config.http,
    sourceAddresses: config.socket.sourceAddresses,
    happyEyeballs: config.socket.happyEyeballs,
    transport: config.transport.message,
    poolPerDownstream: config.poolPerDownstream,
    preconnect: config.preconnect,
    track: config.track,
    upstreamPool: config.upstreamPool,
    metadata: config.metadata,
  }
}
