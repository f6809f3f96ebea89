/** A pooled connection that one user gets whole (Envoy's ActivePlainClient): it ends with that user. */
import type { Timer } from '../../api/event.ts'
import type { ConnectionEvent, FilterStatus } from '../../api/network.ts'
import type { PoolFailure, TcpPoolCallbacks } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { PoolClient, PoolClientOwner } from './connection-pool.ts'
import type { ConnectionUser } from './pooled-connection.ts'
import { PooledConnection } from './pooled-connection.ts'
import { PooledUpstreamInfo } from './upstream-info.ts'

export class PlainClient implements ConnectionUser, PoolClient {
  rosterPlace = -1
  readonly numStreams = 0
  readonly #pool: PoolClientOwner<PlainClient>
  readonly #pooled: PooledConnection
  #idleTimer: Timer | undefined = undefined
  #durationTimer: Timer | undefined = undefined
  #state: 'connecting' | 'idle' | 'used' = 'connecting'

  constructor(pool: PoolClientOwner<PlainClient>, host: EndpointHost) {
    this.#pool = pool
    this.#pooled = new PooledConnection(pool, host, this)
  }

  close(): void {
    this.#pooled.close('no-flush')
  }

  /** In use it goes on until its user ends it. */
  drain(): void {
    if (this.#state !== 'used') this.close()
  }

  /** Precondition: connected, not in use. */
  use(callbacks: TcpPoolCallbacks): void {
    const { stats, settings } = this.#pool.context
    const { connection, host } = this.#pooled
    const wasIdle = this.#state === 'idle'
    this.#state = 'used'
    this.#idleTimer?.disable()
    stats.upstream_rq_total.inc()
    stats.upstream_rq_active.inc()
    // What is in use goes on; that it has come to its limit counts all the same.
    if (settings.maxRequestsPerConnection === 1) stats.upstream_cx_max_requests.inc()
    // They count as requests, whose limit is not theirs.
    this.#pool.resources.requests.inc()
    host.stats.rqTotal()
    host.stats.rqActive(1)
    if (wasIdle) {
      connection.setDetectEarlyClose(false)
      connection.readDisable(false)
    }
    callbacks.onPoolReady(connection, new PooledUpstreamInfo(this.#pooled, undefined, undefined, 1))
  }

  onConnected(): void {
    const { settings, dispatcher } = this.#pool.context
    if (settings.maxConnectionDurationMs > 0) {
      this.#durationTimer = dispatcher.timer(() => this.#onMaxDuration())
      this.#durationTimer.enable(settings.maxConnectionDurationMs)
    }
    this.#pool.onClientConnected(this)
    if (this.#state === 'connecting' && this.#pooled.connected) this.#becomeIdle()
  }

  /** What the host says first is for whoever comes; when it ends the connection, nobody shall get that. */
  #becomeIdle(): void {
    const { settings, dispatcher } = this.#pool.context
    const { connection } = this.#pooled
    this.#state = 'idle'
    connection.readDisable(true)
    connection.setDetectEarlyClose(true)
    if (settings.tcpIdleTimeoutMs === 0) return
    this.#idleTimer = dispatcher.timer(() => this.#onIdleTimeout())
    this.#idleTimer.enable(settings.tcpIdleTimeoutMs)
  }

  onConnectFailure(reason: PoolFailure, transportFailureReason: string): void {
    this.#pool.onClientConnectFailure(this, reason, transportFailureReason)
  }

  onClosed(_event: ConnectionEvent): boolean {
    this.#idleTimer?.disable()
    this.#durationTimer?.disable()
    const inUse = this.#state === 'used'
    if (inUse) {
      this.#pool.context.stats.upstream_rq_active.dec()
      this.#pool.resources.requests.dec()
      this.#pooled.host.stats.rqActive(-1)
    }
    this.#pool.onClientClosed(this)
    return inUse
  }

  #onIdleTimeout(): void {
    this.#pool.context.stats.upstream_cx_idle_timeout.inc()
    this.close()
  }

  #onMaxDuration(): void {
    this.#pool.context.stats.upstream_cx_max_duration_reached.inc()
    this.drain()
  }

  // The user's own filters and callbacks on the connection follow this one.

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(): FilterStatus {
    return 'continue'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
