/** Connections that their user has alone and closes itself (TCP proxy, upgrades of the raw kind). */
import type { Timer } from '../../api/event.ts'
import type { ConnectionEvent, FilterStatus } from '../../api/network.ts'
import type { SharedObjects } from '../../api/stream-info.ts'
import type { Cancellable, PoolFailure, TcpPool, TcpPoolCallbacks } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { SharedResourceManager } from '../circuit-breakers/resource-manager.ts'
import type { PoolContext, PoolOwner } from './pool-context.ts'
import type { PoolSockets } from './pool-sockets.ts'
import { PLAIN_SOCKETS } from './pool-sockets.ts'
import type { ConnectionUser } from './pooled-connection.ts'
import { PooledConnection } from './pooled-connection.ts'
import type { WaitingAttempt } from './tcp-connections.ts'
import { TcpConnections } from './tcp-connections.ts'
import { PooledUpstreamInfo } from './upstream-info.ts'

export class DirectTcpPool implements TcpPool, PoolOwner {
  readonly context: PoolContext
  readonly resources: SharedResourceManager
  readonly connections: TcpConnections
  readonly sockets: PoolSockets
  readonly sharedObjects: SharedObjects | undefined
  readonly #host: EndpointHost

  constructor(
    context: PoolContext,
    resources: SharedResourceManager,
    host: EndpointHost,
    sockets = PLAIN_SOCKETS,
    connections = new TcpConnections(),
    sharedObjects?: SharedObjects,
  ) {
    this.sockets = sockets
    this.sharedObjects = sharedObjects
    this.connections = connections
    this.context = context
    this.resources = resources
    this.#host = host
  }

  newConnection(callbacks: TcpPoolCallbacks): Cancellable | undefined {
    const { stats } = this.context
    if (!this.resources.pendingRequests.canCreate()) {
      stats.upstream_rq_pending_overflow.inc()
      callbacks.onPoolFailure('overflow', '', this.#host)
      return undefined
    }
    if (this.context.shedConnection?.shouldShed() === true) {
      stats.upstream_rq_pending_total.inc()
      stats.upstream_rq_cancelled.inc()
      callbacks.onPoolFailure('overflow', '', this.#host)
      return undefined
    }
    if (!this.resources.connections.canCreate()) {
      stats.upstream_cx_overflow.inc()
      callbacks.onPoolFailure('overflow', '', this.#host)
      return undefined
    }
    const attempt = new TcpAttempt(this, this.#host, callbacks)
    if (!attempt.tryToStart()) this.connections.wait(this.#host, attempt)
    return attempt
  }

  /** One is always allowed, or what waits here would wait for ever. */
  mayConnect(): boolean {
    const { maxConnectionsPerHost } = this.context.settings
    if (maxConnectionsPerHost === undefined || this.#host.stats.cxActive < maxConnectionsPerHost) return true
    this.context.stats.upstream_cx_overflow.inc()
    return this.connections.countOf(this.#host) === 0
  }
}

/** One connection: pending until connected, then the caller's; ours are only the counts at its end. */
class TcpAttempt implements ConnectionUser, Cancellable, WaitingAttempt {
  readonly #pool: DirectTcpPool
  readonly #host: EndpointHost
  /** Undefined: the host has as many connections as it may have. */
  #pooled: PooledConnection | undefined = undefined
  #callbacks: TcpPoolCallbacks | undefined
  #durationTimer: Timer | undefined = undefined
  #pending = true

  constructor(pool: DirectTcpPool, host: EndpointHost, callbacks: TcpPoolCallbacks) {
    this.#pool = pool
    this.#host = host
    this.#callbacks = callbacks
    const { stats } = pool.context
    stats.upstream_rq_pending_total.inc()
    stats.upstream_rq_pending_active.inc()
    pool.resources.pendingRequests.inc()
  }

  tryToStart(): boolean {
    if (!this.#pool.mayConnect()) return false
    this.#pool.connections.begin(this.#host)
    this.#pooled = new PooledConnection(this.#pool, this.#host, this)
    return true
  }

  cancel(): void {
    if (!this.#pending) return
    this.#callbacks = undefined
    this.#pool.context.stats.upstream_rq_cancelled.inc()
    if (this.#pooled !== undefined) return this.#pooled.close('no-flush')
    this.#pool.connections.stopWaiting(this.#host, this)
    this.#leavePending()
  }

  onConnected(): void {
    this.#leavePending()
    const { stats, settings, dispatcher } = this.#pool.context
    stats.upstream_rq_total.inc()
    stats.upstream_rq_active.inc()
    // A connection in use goes on, however old it is; that it has come to its limit counts all the same.
    if (settings.maxRequestsPerConnection === 1) stats.upstream_cx_max_requests.inc()
    if (settings.maxConnectionDurationMs > 0) {
      this.#durationTimer = dispatcher.timer(() => stats.upstream_cx_max_duration_reached.inc())
      this.#durationTimer.enable(settings.maxConnectionDurationMs)
    }
    // They count as requests, whose limit is not theirs.
    this.#pool.resources.requests.inc()
    this.#host.stats.rqTotal()
    this.#host.stats.rqActive(1)
    const pooled = this.#pooled! // It calls.
    this.#pool.connections.add(this.#host, pooled.connection)
    this.#pool.connections.startWaiting(this.#host)
    const info = new PooledUpstreamInfo(pooled, undefined, undefined, 1)
    this.#callbacks?.onPoolReady(pooled.connection, info)
    this.#callbacks = undefined
  }

  onConnectFailure(reason: PoolFailure, transportFailureReason: string): void {
    this.#leavePending()
    this.#pool.connections.end(this.#host)
    const callbacks = this.#callbacks
    if (callbacks === undefined) return
    this.#callbacks = undefined
    this.#pool.context.stats.upstream_rq_pending_failure_eject.inc()
    callbacks.onPoolFailure(reason, transportFailureReason, this.#host)
  }

  onClosed(_event: ConnectionEvent): boolean {
    this.#durationTimer?.disable()
    this.#pool.connections.remove(this.#host, this.#pooled!.connection)
    this.#pool.context.stats.upstream_rq_active.dec()
    this.#pool.resources.requests.dec()
    this.#host.stats.rqActive(-1)
    return true
  }

  #leavePending(): void {
    if (!this.#pending) return
    this.#pending = false
    this.#pool.context.stats.upstream_rq_pending_active.dec()
    this.#pool.resources.pendingRequests.dec()
  }

  // The user's own filters and callbacks on the connection follow this one.

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(): FilterStatus {
    return 'continue'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}
}
