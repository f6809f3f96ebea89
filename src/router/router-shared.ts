/** Shared by all requests of one router filter on a thread. */
import type { Random } from '../api/event.ts'
import type { HttpFilterEntry } from '../api/http.ts'
import type { LoadShedPoint } from '../api/overload.ts'
import type { Runtime } from '../api/runtime.ts'
import type { ClusterView } from '../api/upstream.ts'
import type { HostChoice } from './host-choice.ts'
import type { Mirrors } from './mirror/mirrors.ts'
import type { RequestTimers } from './request-timers.ts'
import type { UpstreamLogs } from './upstream-log/upstream-log-config.ts'
import type { RouterStats } from './router-stats.ts'

export interface RouterShared {
  readonly clusters: ClusterView
  readonly runtime: Runtime
  readonly random: Random
  readonly stats: RouterStats
  readonly timers: RequestTimers
  /** Undefined: attempts are not logged. */
  readonly upstreamLogs?: UpstreamLogs | undefined
  /** Of whichever request chooses at the moment. */
  readonly choice: HostChoice
  readonly mirrors: Mirrors
  /** Between the router and the upstream, but for the codec; undefined: none. */
  readonly upstreamFilters?: readonly HttpFilterEntry[] | undefined
  /** Leaves out the x-envoy-* headers that the router would add. */
  readonly suppressEnvoyHeaders: boolean
  /** Attempts have spans, whatever the connection manager says. */
  readonly startsChildSpan?: boolean
  /** Refuses under overload what would be forwarded; undefined where never. */
  readonly shedForward: LoadShedPoint | undefined
  /** Responses to gRPC requests are not counted by their HTTP status. */
  readonly hidesGrpcStatuses?: boolean
  /** Bytes of a CONNECT that come before it is accepted end it. */
  readonly refusesEarlyConnectData?: boolean
  /** Counts responses by status. */
  readonly dynamicStats: boolean
  /** Headers whose values must make sense. */
  readonly strictHeaders: readonly string[]
  /** Takes the timeout from x-envoy-expected-rq-timeout-ms, which a proxy in front has set. */
  readonly respectExpectedTimeout: boolean
}
