/**
 * Connections of one worker to one host, for one priority, whatever they carry (Envoy's ConnPoolImplBase): the connection
 * used last is used next; who finds none waits in order. Each connection has one user at a time.
 */
import type { SharedObjects } from '../../api/stream-info.ts'
import type { PoolFailure } from '../../api/upstream.ts'
import type { RosterMember } from '../../base/roster.ts'
import { Roster } from '../../base/roster.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { SharedResourceManager } from '../circuit-breakers/resource-manager.ts'
import { needsConnection } from './needs-connection.ts'
import type { PoolContext, PoolOwner } from './pool-context.ts'
import type { PoolSockets } from './pool-sockets.ts'
import { PLAIN_SOCKETS } from './pool-sockets.ts'
import type { ThreadLoad } from './pool-load.ts'

/** A connection of the pool (Envoy's ActiveClient). */
export interface PoolClient extends RosterMember {
  /** At once, also while it connects. */
  close(): void
  /** Takes no further user: closes now, or after the present one. */
  drain(): void
}

/** Who waits for a connection. */
export interface PoolWaiter {
  /** Set by `cancelWaiter`. */
  cancelled: boolean
  onFailure(reason: PoolFailure, transportFailureReason: string, host: EndpointHost | undefined): void
}

/** What clients tell the pool. */
export interface PoolClientOwner<Client> extends PoolOwner {
  readonly draining: boolean
  onClientConnected(client: Client): void
  onClientConnectFailure(client: Client, reason: PoolFailure, transportFailureReason: string): void
  /** It may have another user. */
  onClientIdle(client: Client): void
  onClientClosed(client: Client): void
}

/** Connections begun at a time. */
const AT_ONCE = 3

export abstract class ConnectionPool<
  Client extends PoolClient,
  Waiter extends PoolWaiter,
> implements PoolClientOwner<Client> {
  readonly host: EndpointHost
  readonly context: PoolContext
  readonly resources: SharedResourceManager
  readonly sockets: PoolSockets
  draining = false
  /** Of the first user since there was no connection. */
  sharedObjects: SharedObjects | undefined = undefined
  /** Nothing is left in it. */
  onEmpty: (() => void) | undefined = undefined
  /** Idle ones, the most recently used last. */
  readonly #ready: Client[] = []
  readonly #connecting: Client[] = []
  /** All that are not closed: ready, connecting and busy. */
  readonly #clients = new Roster<Client>()
  readonly #waiters: Waiter[] = []
  /** Connections are made before they are needed. */
  readonly #anticipates: boolean
  readonly #load: ThreadLoad

  constructor(context: PoolContext, resources: SharedResourceManager, host: EndpointHost, sockets = PLAIN_SOCKETS) {
    this.sockets = sockets
    this.#anticipates = context.settings.perUpstreamPreconnectRatio > 1
    this.context = context
    this.#load = context.load
    this.resources = resources
    this.host = host
  }

  /** One that begins to connect. */
  protected abstract createClient(): Client

  /** False when a limit does not let it; the waiter has been told then. */
  protected abstract serve(client: Client, waiter: Waiter): boolean

  /** The one used last; undefined: there is none. */
  protected takeReady(): Client | undefined {
    const client = this.#ready.pop()
    if (client !== undefined) this.#load.free--
    return client
  }

  protected makeReady(client: Client): void {
    this.#ready.push(client)
    this.#load.free++
  }

  /** Called before a user that leaves these. */
  share(objects: SharedObjects | undefined): void {
    if (this.#clients.size === 0 && this.#waiters.length === 0) this.sharedObjects = objects
  }

  /** False: may not even wait, and has been told. */
  protected wait(waiter: Waiter): boolean {
    const { stats } = this.context
    if (!this.resources.pendingRequests.canCreate()) {
      stats.upstream_rq_pending_overflow.inc()
      waiter.onFailure('overflow', '', undefined)
      return false
    }
    this.#waiters.push(waiter)
    this.#load.waiting++
    stats.upstream_rq_pending_total.inc()
    stats.upstream_rq_pending_active.inc()
    this.resources.pendingRequests.inc()
    this.host.stats.rqPendingActive(1)
    if (this.#connectForWaiters()) return true
    this.cancelWaiter(waiter)
    waiter.onFailure('overflow', '', undefined)
    return false
  }

  cancelWaiter(waiter: Waiter): void {
    waiter.cancelled = true
    if (!remove(this.#waiters, waiter)) return
    this.#stopWaiting()
    this.context.stats.upstream_rq_cancelled.inc()
    this.#closeUnwanted()
  }

  /** The latest attempt that nobody who waits needs any more. */
  closeExcess(): void {
    const latest = this.#connecting.at(-1)
    if (latest === undefined || this.#isNeeded(this.#free - 1)) return
    latest.close()
  }

  /** Idle connections close now, busy ones after their users. */
  drain(): void {
    this.draining = true
    // Each takes itself out of the list.
    for (const client of this.#ready.slice()) client.drain()
    this.#closeUnwanted()
  }

  /** As `drain`, but new connections are welcome. */
  drainConnections(): void {
    for (const client of this.#clients) if (!this.#connecting.includes(client)) client.drain()
    if (this.#waiters.length === 0) for (const client of this.#connecting.slice()) client.close()
  }

  /** Closes all at once, whoever uses them. */
  closeConnections(): void {
    for (const client of this.#clients) client.close()
  }

  /** A connection for a request that may come to this host; false when there are enough, or may be no more. */
  preconnect(ratio: number): boolean {
    const wanted = this.host.healthy
      ? needsConnection(this.#waiters.length + 1, this.#active, this.#free, ratio)
      : this.#waiters.length > this.#connecting.length
    if (!wanted || this.context.shedConnection?.shouldShed() === true) return false
    return this.#connect()
  }

  get #free(): number {
    return this.#ready.length + this.#connecting.length
  }

  get #active(): number {
    return this.#clients.size - this.#free
  }

  /** A user has got a connection that was there. */
  protected connectAhead(): void {
    if (this.#anticipates) this.#connectForWaiters()
  }

  /**
   * A connection that is on its way for each that waits, and for what may come. False when overload did not let one
   * begin.
   */
  #connectForWaiters(): boolean {
    for (let i = 0; i < AT_ONCE && this.#isNeeded(this.#free); i++) {
      if (this.context.shedConnection?.shouldShed() === true) return i > 0
      if (!this.#connect()) break
    }
    return true
  }

  /** Whether one more is, where there are so many free ones. */
  #isNeeded(free: number): boolean {
    if (!this.#anticipates || !this.host.healthy) return this.#waiters.length > free - this.#ready.length
    return needsConnection(this.#waiters.length, this.#active, free, this.context.settings.perUpstreamPreconnectRatio)
  }

  /** False when there may be no more than now. */
  #connect(): boolean {
    const { maxConnectionsPerHost } = this.context.settings
    const withinHost = maxConnectionsPerHost === undefined || this.host.stats.cxActive < maxConnectionsPerHost
    const allowed = withinHost && this.resources.connections.canCreate()
    if (!allowed) this.context.stats.upstream_cx_overflow.inc()
    // One is always allowed, or what waits here would wait for ever.
    if (!allowed && this.#clients.size > 0) return false
    const client = this.createClient()
    this.#connecting.push(client)
    this.#clients.add(client)
    this.#load.connections++
    this.#load.free++
    return allowed
  }

  onClientConnected(client: Client): void {
    if (remove(this.#connecting, client)) this.#load.free--
    this.onClientIdle(client)
  }

  onClientConnectFailure(client: Client, reason: PoolFailure, transportFailureReason: string): void {
    if (remove(this.#connecting, client)) this.#load.free--
    this.#forget(client)
    // Everyone who waits hears of it; those who come again while they are told wait for a new attempt.
    const failed = this.#waiters.splice(0)
    for (const _ of failed) this.#stopWaiting()
    for (const waiter of failed) {
      // One callback may cancel the others.
      if (waiter.cancelled) continue
      this.context.stats.upstream_rq_pending_failure_eject.inc()
      waiter.onFailure(reason, transportFailureReason, this.host)
    }
    this.#checkEmpty()
  }

  onClientIdle(client: Client): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      this.#stopWaiting()
      if (!this.serve(client, waiter)) continue
      // Those who still wait may have a connection of their own by now.
      if (this.#waiters.length > 0) this.#connectForWaiters()
      return
    }
    if (this.draining) return client.drain()
    this.makeReady(client)
  }

  onClientClosed(client: Client): void {
    if (remove(this.#ready, client)) this.#load.free--
    this.#forget(client)
    if (this.#waiters.length > 0) this.#connectForWaiters()
    else this.#checkEmpty()
  }

  #forget(client: Client): void {
    if (this.#clients.delete(client)) this.#load.connections--
  }

  /** What connects for nobody, as the pool is to end. */
  #closeUnwanted(): void {
    if (!this.draining || this.#waiters.length > 0) return
    for (const client of this.#connecting.slice()) client.close()
  }

  #checkEmpty(): void {
    if (this.onEmpty !== undefined && this.#clients.size === 0 && this.#waiters.length === 0) this.onEmpty()
  }

  #stopWaiting(): void {
    this.#load.waiting--
    this.context.stats.upstream_rq_pending_active.dec()
    this.resources.pendingRequests.dec()
    this.host.stats.rqPendingActive(-1)
  }
}

function remove<T>(list: T[], item: T): boolean {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
  return at >= 0
}
