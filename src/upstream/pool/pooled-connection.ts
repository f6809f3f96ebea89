/**
 * One connection to a host from its attempt to its end, with what is counted and limited on the way: connect timeout,
 * further addresses of the host, lifetime (Envoy's ActiveClient without its streams).
 */
import type { SharedObjects } from '../../api/stream-info.ts'
import type { Timer } from '../../api/event.ts'
import type { Address, CloseType, ConnectionEvent, ReadFilter } from '../../api/network.ts'
import type { PoolFailure } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import { sourceAddressFor } from '../source-address.ts'
import type { RaceOwner } from './address-race.ts'
import { AddressRace } from './address-race.ts'
import type { PoolOwner } from './pool-context.ts'
import type { UpstreamConnection } from './upstream-connection.ts'

/** Whoever uses the connection. */
export interface ConnectionUser extends ReadFilter {
  /** Streams so far, for upstream_rq_per_cx; 0 where they are not counted. */
  readonly numStreams: number
  onConnected(): void
  onConnectFailure(reason: PoolFailure, transportFailureReason: string): void
  /** An open connection ended. Whether a request was active on it decides what is counted. */
  onClosed(event: ConnectionEvent): boolean
  onAboveHighWatermark(): void
  onBelowLowWatermark(): void
}

export class PooledConnection implements RaceOwner {
  readonly host: EndpointHost
  /** Of the attempt that is under way or succeeded. */
  connection: UpstreamConnection
  readonly connectStart: number
  readonly sharedObjects: SharedObjects | undefined
  connectEnd = 0
  readonly #owner: PoolOwner
  readonly #user: ConnectionUser
  readonly #connectTimer: Timer
  /** Runs while more waits to be sent than should. */
  #watermarkTimer: Timer | undefined = undefined
  #attempt = 0
  /** While several addresses race each other. */
  #race: AddressRace | undefined = undefined
  #timedOut = false
  #handshakeFailed = false
  #ended = false

  constructor(owner: PoolOwner, host: EndpointHost, user: ConnectionUser) {
    const { dispatcher, stats, settings } = owner.context
    this.#owner = owner
    this.#user = user
    this.host = host
    this.sharedObjects = owner.sharedObjects
    this.connectStart = dispatcher.now
    stats.upstream_cx_total.inc()
    stats.upstream_cx_active.inc()
    owner.resources.connections.inc()
    host.stats.cxOpened()
    this.#connectTimer = dispatcher.timer(() => this.#onConnectTimeout())
    this.#connectTimer.enable(settings.connectTimeoutMs)
    if (host.racing === undefined || owner.sockets.proxy !== undefined) this.connection = this.#connect()
    else {
      this.#race = new AddressRace(dispatcher, host.racing, this)
      this.connection = this.#race.start()
    }
  }

  get connected(): boolean {
    return this.connectEnd > 0 && !this.#ended
  }

  /** Also while it connects. */
  close(type: CloseType, reason?: string): void {
    if (this.#race === undefined) return this.connection.close(type, reason)
    this.#race.cancel()
    this.#race = undefined
    this.onEvent('local-close')
  }

  #connect(): UpstreamConnection {
    const connection = this.connectTo(this.#owner.sockets.proxy?.address ?? this.host.addressToTry(this.#attempt))
    connection.addCallbacks(this)
    return connection
  }

  connectTo(address: Address): UpstreamConnection {
    const { dispatcher, settings, connect, connectionStats } = this.#owner.context
    const connection = connect(dispatcher, {
      address,
      sourceAddress: sourceAddressFor(address, settings.sourceAddresses),
      socketOptions: settings.socketOptions,
      bufferLimit: settings.bufferLimitBytes,
    })
    connection.setConnectionStats(connectionStats)
    return connection
  }

  onFurtherAttempt(): void {
    this.#owner.context.stats.upstream_cx_total.inc()
    this.host.stats.cxAttempted()
  }

  onRaceOver(connection: UpstreamConnection, event: ConnectionEvent): void {
    this.#race = undefined
    this.connection = connection
    this.onEvent(event)
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected') return this.#onConnected()
    if (this.#ended) return
    if (this.connectEnd === 0) this.#onConnectFailure(event)
    else this.#onClosed(event)
  }

  onAboveHighWatermark(): void {
    const { dispatcher, settings } = this.#owner.context
    if (settings.highWatermarkTimeoutMs > 0) {
      this.#watermarkTimer ??= dispatcher.timer(() =>
        this.connection.close('no-flush', 'buffer_high_watermark_timeout_reached'),
      )
      this.#watermarkTimer.enable(settings.highWatermarkTimeoutMs)
    }
    this.#user.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#watermarkTimer?.disable()
    this.#user.onBelowLowWatermark()
  }

  #onConnected(): void {
    const { create } = this.#owner.sockets
    if (create === undefined) return this.#onReady()
    create().start(this.connection, (failure) => {
      if (this.#ended) return
      if (failure === undefined) return this.#onReady()
      this.connection.transportFailureReason = failure
      this.#handshakeFailed = true
      this.connection.close('no-flush')
    })
  }

  #onReady(): void {
    const { dispatcher, stats } = this.#owner.context
    this.connectEnd = dispatcher.now
    this.#connectTimer.disable()
    this.host.connected(this.#attempt)
    this.connection.addReadFilter(this.#user)
    stats.upstream_cx_connect_ms.record(this.connectEnd - this.connectStart)
    this.connection.initializeReadFilters()
    this.#user.onConnected()
  }

  #onConnectTimeout(): void {
    this.#timedOut = true
    this.#owner.context.stats.upstream_cx_connect_timeout.inc()
    this.close('no-flush', 'connect_timeout')
  }

  #onConnectFailure(event: ConnectionEvent): void {
    if (!this.#timedOut && event === 'remote-close' && ++this.#attempt < this.#faceCount) {
      this.connection = this.#connect()
      return
    }
    const { stats } = this.#owner.context
    const failure = this.connection.transportFailureReason
    const isBind = failure.startsWith('failed to bind')
    if (isBind) stats.bind_errors.inc()
    stats.upstream_cx_connect_fail.inc()
    this.host.stats.cxConnectFail()
    this.#end(isBind ? 'local-close' : event, false)
    if (this.#timedOut) return this.#user.onConnectFailure('timeout', '')
    const local = isBind || (event === 'local-close' && !this.#handshakeFailed)
    this.#user.onConnectFailure(local ? 'local-connection-failure' : 'remote-connection-failure', failure)
  }

  get #faceCount(): number {
    return this.#owner.sockets.proxy === undefined ? this.host.faceCount : 1
  }

  #onClosed(event: ConnectionEvent): void {
    // Counted before the streams hear of it, as what they do next may open another connection.
    this.#end(event, undefined)
  }

  #end(event: ConnectionEvent, active: boolean | undefined): void {
    const { dispatcher, stats } = this.#owner.context
    const isLocal = event === 'local-close'
    this.#ended = true
    this.#connectTimer.disable()
    this.#watermarkTimer?.disable()
    stats.upstream_cx_active.dec()
    stats.upstream_cx_length_ms.record(dispatcher.now - this.connectStart)
    this.#owner.resources.connections.dec()
    this.host.stats.cxClosed()
    stats.upstream_cx_destroy.inc()
    if (isLocal) stats.upstream_cx_destroy_local.inc()
    else stats.upstream_cx_destroy_remote.inc()
    const withActive = active ?? this.#user.onClosed(event)
    const { numStreams } = this.#user
    if (numStreams > 0) stats.upstream_rq_per_cx.record(numStreams)
    if (!withActive) return
    stats.upstream_cx_destroy_with_active_rq.inc()
    if (isLocal) stats.upstream_cx_destroy_local_with_active_rq.inc()
    else stats.upstream_cx_destroy_remote_with_active_rq.inc()
  }
}
