/** Counts connections to hosts. */
import type { Connection } from '../../../api/network.ts'
import type {
  CreateTransportSocket,
  HttpProxy,
  TransportHost,
  UpstreamTransportSockets,
} from '../../../api/transport-socket.ts'
import type { TcpStats } from './tcp-stats.ts'
import { TcpStatsSocket } from './tcp-stats-socket.ts'

export class UpstreamTcpStats implements UpstreamTransportSockets {
  readonly #stats: TcpStats
  readonly #updatePeriodMs: number | undefined
  readonly #inner: UpstreamTransportSockets | undefined

  constructor(stats: TcpStats, updatePeriodMs: number | undefined, inner: UpstreamTransportSockets | undefined) {
    this.#stats = stats
    this.#updatePeriodMs = updatePeriodMs
    this.#inner = inner
  }

  poolKey(downstream: Connection): string {
    return this.#inner?.poolKey(downstream) ?? ''
  }

  for(downstream: Connection | undefined): CreateTransportSocket {
    const inner = this.#inner?.for(downstream)
    return () => new TcpStatsSocket(this.#stats, this.#updatePeriodMs, inner?.())
  }

  forHost(host: TransportHost): UpstreamTransportSockets {
    const inner = this.#inner?.forHost?.(host)
    return inner === undefined ? this : new UpstreamTcpStats(this.#stats, this.#updatePeriodMs, inner)
  }

  proxyFor(downstream: Connection | undefined): HttpProxy | undefined {
    return this.#inner?.proxyFor?.(downstream)
  }
}
