/**
 * What extensions of the category `envoy.health_checkers` are to a cluster: `parse` of one returns a `CustomHealthCheck`. All
 * of it runs on the main thread.
 */
import type { Dispatcher } from '../../api/event.ts'
import type { Address, IpAddress } from '../../api/network.ts'
import type { Scope } from '../../api/stats.ts'
import type { SocketOption } from '../../network/socket-options.ts'
import type { RedisAuth } from '../config/redis-auth.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { UpstreamConnection } from '../pool/upstream-connection.ts'
import type { Probe, ProbeResults } from './probe.ts'

export interface CustomHealthCheck {
  readonly kind: 'custom'
  /** As events name it. */
  readonly checkerType: 'REDIS' | 'THRIFT' | 'UDP'
  /** Once for a cluster and check, before there is any host: whatever is counted besides what all checks count begins here. */
  start(cluster: CheckedCluster): CreateProbe
}

export type CreateProbe = (host: CheckedHost) => Probe

export interface CheckedCluster {
  readonly dispatcher: Dispatcher
  /** `cluster.<name>.` */
  readonly scope: Scope
  readonly connectTimeoutMs: number
  readonly reuseConnection: boolean
  /** Of the cluster's protocol options. */
  readonly redisAuth: RedisAuth
}

export interface CheckedHost {
  readonly description: HostDescription
  readonly results: ProbeResults
  /** Where it is to be asked. */
  readonly address: Address
  /** undefined: any. */
  readonly sourceAddress: IpAddress | undefined
  readonly socketOptions: readonly SocketOption[]
  /** To `address`. */
  connect(): UpstreamConnection
  /** To where its traffic goes, whatever is said about checks. */
  connectForTraffic(): UpstreamConnection
}
