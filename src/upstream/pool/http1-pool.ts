/**
 * Connections of one worker to one host, for one priority, over HTTP/1 (Envoy's FixedHttpConnPoolImpl): the connection
 * used last is used next; requests that find none wait in order.
 */
import type { ResponseDecoder } from '../../api/codec.ts'
import type { SharedObjects } from '../../api/stream-info.ts'
import type { Cancellable, HttpPool, PoolCallbacks, PoolFailure } from '../../api/upstream.ts'
import { Roster } from '../../base/roster.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { SharedResourceManager } from '../circuit-breakers/resource-manager.ts'
import type { Http1ClientOwner } from './http1-client.ts'
import { Http1Client } from './http1-client.ts'
import { needsConnection } from './needs-connection.ts'
import type { PoolContext } from './pool-context.ts'
import type { PoolSockets } from './pool-sockets.ts'
import { PLAIN_SOCKETS } from './pool-sockets.ts'

/** Streams that wait for a connection, that have one, and that could begin on one. */
export interface PoolLoad {
  readonly waiting: number
  readonly active: number
  readonly free: number
}

/** Connections begun at a time. */
const AT_ONCE = 3

export class Http1Pool implements HttpPool, Http1ClientOwner {
  readonly host: EndpointHost
  readonly context: PoolContext
  readonly resources: SharedResourceManager
  draining = false
  /** Idle ones, the most recently used last. */
  readonly #ready: Http1Client[] = []
  readonly #connecting: Http1Client[] = []
  /** All that are not closed: ready, connecting and busy. */
  readonly #clients = new Roster<Http1Client>()
  readonly #pending: PendingStream[] = []
  /** Connections are made before they are needed. */
  readonly #anticipates: boolean

  readonly sockets: PoolSockets
  /** Of the first stream since there was no connection. */
  sharedObjects: SharedObjects | undefined = undefined
  /** Nothing is left in it. */
  onEmpty: (() => void) | undefined = undefined

  constructor(context: PoolContext, resources: SharedResourceManager, host: EndpointHost, sockets = PLAIN_SOCKETS) {
    this.sockets = sockets
    this.#anticipates = context.settings.perUpstreamPreconnectRatio > 1
    this.context = context
    this.resources = resources
    this.host = host
  }

  /** Called before a stream that leaves these. */
  share(objects: SharedObjects | undefined): void {
    if (this.#clients.size === 0 && this.#pending.length === 0) this.sharedObjects = objects
  }

  newStream(decoder: ResponseDecoder, callbacks: PoolCallbacks): Cancellable | undefined {
    const client = this.#ready.pop()
    if (client !== undefined) {
      if (!this.#attach(client, decoder, callbacks)) this.#ready.push(client)
      else if (this.#anticipates) this.#connectForPending()
      return undefined
    }
    const { stats } = this.context
    if (!this.resources.pendingRequests.canCreate()) {
      stats.upstream_rq_pending_overflow.inc()
      callbacks.onPoolFailure('overflow', '', undefined)
      return undefined
    }
    const pending = new PendingStream(this, decoder, callbacks)
    this.#pending.push(pending)
    stats.upstream_rq_pending_total.inc()
    stats.upstream_rq_pending_active.inc()
    this.resources.pendingRequests.inc()
    this.host.stats.rqPendingActive(1)
    if (!this.#connectForPending()) {
      pending.cancel()
      callbacks.onPoolFailure('overflow', '', undefined)
      return undefined
    }
    return pending
  }

  /** By a pending stream. */
  cancelPending(pending: PendingStream): void {
    const at = this.#pending.indexOf(pending)
    if (at < 0) return
    this.#pending.splice(at, 1)
    this.#leavePending()
    this.context.stats.upstream_rq_cancelled.inc()
  }

  /** Idle connections close now, busy ones after their streams. */
  drain(): void {
    this.draining = true
    // Each takes itself out of the list.
    for (const client of this.#ready.slice()) client.drain()
  }

  /** As `drain`, but new connections are welcome. */
  drainConnections(): void {
    for (const client of this.#clients) if (!this.#connecting.includes(client)) client.drain()
  }

  /** Closes all at once; streams are reset. */
  destroy(): void {
    this.draining = true
    for (const client of this.#clients) client.close()
  }

  /** False when the limit of requests is reached; the failure has been reported then. */
  #attach(client: Http1Client, decoder: ResponseDecoder, callbacks: PoolCallbacks): boolean {
    if (!this.resources.requests.canCreate()) {
      this.context.stats.upstream_rq_active_overflow.inc()
      // Of all overflows this one alone is known to have come to a host.
      this.host.stats.rqError()
      callbacks.onPoolFailure('overflow', '', this.host)
      return false
    }
    client.startStream(decoder, callbacks)
    return true
  }

  /** A connection for a request that may come to this host; false when there are enough, or may be no more. */
  preconnect(ratio: number): boolean {
    const wanted = this.host.healthy
      ? needsConnection(this.#pending.length + 1, this.#active, this.#free, ratio)
      : this.#pending.length > this.#connecting.length
    if (!wanted || this.context.shedConnection?.shouldShed() === true) return false
    return this.#connect()
  }

  get load(): PoolLoad {
    return { waiting: this.#pending.length, active: this.#active, free: this.#free }
  }

  get #free(): number {
    return this.#ready.length + this.#connecting.length
  }

  get #active(): number {
    return this.#clients.size - this.#free
  }

  /**
   * A connection that is on its way for each that waits, and for what may come. False when overload did not let one
   * begin.
   */
  #connectForPending(): boolean {
    for (let i = 0; i < AT_ONCE && this.#wantsConnection(); i++) {
      if (this.context.shedConnection?.shouldShed() === true) return i > 0
      if (!this.#connect()) break
    }
    return true
  }

  #wantsConnection(): boolean {
    if (!this.#anticipates || !this.host.healthy) return this.#pending.length > this.#connecting.length
    const { perUpstreamPreconnectRatio } = this.context.settings
    return needsConnection(this.#pending.length, this.#active, this.#free, perUpstreamPreconnectRatio)
  }

  /** False when there may be no more than now. */
  #connect(): boolean {
    const { maxConnectionsPerHost } = this.context.settings
    const withinHost = maxConnectionsPerHost === undefined || this.host.stats.cxActive < maxConnectionsPerHost
    const allowed = withinHost && this.resources.connections.canCreate()
    if (!allowed) this.context.stats.upstream_cx_overflow.inc()
    // One is always allowed, or what waits here would wait for ever.
    if (!allowed && this.#clients.size > 0) return false
    const client = new Http1Client(this, this.host)
    this.#connecting.push(client)
    this.#clients.add(client)
    return allowed
  }

  onClientConnected(client: Http1Client): void {
    remove(this.#connecting, client)
    this.onClientIdle(client)
  }

  onClientConnectFailure(client: Http1Client, reason: PoolFailure, transportFailureReason: string): void {
    remove(this.#connecting, client)
    this.#clients.delete(client)
    // Everyone who waits hears of it; those who come again while they are told wait for a new attempt.
    const failed = this.#pending.splice(0)
    for (const _ of failed) this.#leavePending()
    for (const pending of failed) {
      // One callback may cancel the others.
      if (pending.cancelled) continue
      this.context.stats.upstream_rq_pending_failure_eject.inc()
      pending.callbacks.onPoolFailure(reason, transportFailureReason, this.host)
    }
    this.#checkEmpty()
  }

  onClientIdle(client: Http1Client): void {
    for (let pending = this.#pending.shift(); pending !== undefined; pending = this.#pending.shift()) {
      this.#leavePending()
      if (!this.#attach(client, pending.decoder, pending.callbacks)) continue
      // Those who still wait may have a connection of their own by now.
      if (this.#pending.length > 0) this.#connectForPending()
      return
    }
    if (this.draining) return client.drain()
    this.#ready.push(client)
  }

  onClientClosed(client: Http1Client): void {
    this.#clients.delete(client)
    remove(this.#ready, client)
    if (this.#pending.length > 0) this.#connectForPending()
    else this.#checkEmpty()
  }

  #checkEmpty(): void {
    if (this.onEmpty !== undefined && this.#clients.size === 0 && this.#pending.length === 0) this.onEmpty()
  }

  #leavePending(): void {
    this.context.stats.upstream_rq_pending_active.dec()
    this.resources.pendingRequests.dec()
    this.host.stats.rqPendingActive(-1)
  }
}

class PendingStream implements Cancellable {
  readonly decoder: ResponseDecoder
  readonly callbacks: PoolCallbacks
  cancelled = false
  readonly #pool: Http1Pool

  constructor(pool: Http1Pool, decoder: ResponseDecoder, callbacks: PoolCallbacks) {
    this.#pool = pool
    this.decoder = decoder
    this.callbacks = callbacks
  }

  cancel(): void {
    this.cancelled = true
    this.#pool.cancelPending(this)
  }
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
