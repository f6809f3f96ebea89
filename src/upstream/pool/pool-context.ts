/** What all pools of a cluster share on one thread. */
import type { Dispatcher } from '../../api/event.ts'
import type { ClusterStats } from '../cluster-stats.ts'
import type { SharedResourceManager } from '../circuit-breakers/resource-manager.ts'
import type { ConnectionStats } from '../../network/connection-stats.ts'
import type { SocketOption } from '../../network/socket-options.ts'
import type { IpAddress } from '../../api/network.ts'
import type { SharedObjects } from '../../api/stream-info.ts'
import type { LoadShedPoint } from '../../api/overload.ts'
import type { ThreadLoad } from './pool-load.ts'
import type { PoolSockets } from './pool-sockets.ts'
import type { Connect, CreateCodec } from './upstream-connection.ts'

export interface PoolContext {
  readonly dispatcher: Dispatcher
  readonly stats: ClusterStats
  readonly connectionStats: ConnectionStats
  readonly settings: PoolSettings
  /** Refuses new connections under overload; undefined where never. */
  readonly shedConnection: LoadShedPoint | undefined
  readonly connect: Connect
  readonly createCodec: CreateCodec
  /** Of the thread. */
  readonly load: ThreadLoad
}

export interface PoolSettings {
  readonly connectTimeoutMs: number
  readonly bufferLimitBytes: number
  /** How long more than that may wait to be sent; 0: for ever. */
  readonly highWatermarkTimeoutMs: number
  /** Of connections for HTTP; 0: never. */
  readonly idleTimeoutMs: number
  /** Of plain connections that nobody has asked for yet; 0: never. */
  readonly tcpIdleTimeoutMs: number
  /** 0: unlimited. */
  readonly maxConnectionDurationMs: number
  /** 0: unlimited. */
  readonly maxRequestsPerConnection: number
  readonly maxConnectionsPerHost: number | undefined
  /** So many streams to be ready for, for each that there is; 1: none is anticipated. */
  readonly perUpstreamPreconnectRatio: number
  readonly sourceAddresses: readonly IpAddress[]
  readonly socketOptions: readonly SocketOption[]
}

export interface PoolOwner {
  readonly context: PoolContext
  readonly resources: SharedResourceManager
  readonly sockets: PoolSockets
  /** What new connections get of the filter state of those that they are made for. */
  readonly sharedObjects: SharedObjects | undefined
}
