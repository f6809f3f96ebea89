/** A pooled HTTP/1 connection: one stream at a time, any number in sequence. */
import type { ByteQueue, ComposedBytes } from '../../api/bytes.ts'
import type { ClientCodec, ClientCodecSink, ResponseDecoder } from '../../api/codec.ts'
import type { Timer } from '../../api/event.ts'
import type { ResponseHeaders } from '../../api/headers.ts'
import type { ConnectionEvent, FilterStatus } from '../../api/network.ts'
import type { PoolCallbacks, PoolFailure } from '../../api/upstream.ts'
import { closesConnection } from '../../codec/http1/head/response-head.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { PoolClient, PoolClientOwner } from './connection-pool.ts'
import { Http1Stream } from './http1-stream.ts'
import type { ConnectionUser } from './pooled-connection.ts'
import { PooledConnection } from './pooled-connection.ts'
import type { UpstreamConnection } from './upstream-connection.ts'
import { PooledUpstreamInfo } from './upstream-info.ts'

export class Http1Client implements ConnectionUser, ClientCodecSink, PoolClient {
  rosterPlace = -1
  numStreams = 0
  readonly #pool: PoolClientOwner<Http1Client>
  readonly #host: EndpointHost
  readonly #pooled: PooledConnection
  readonly #codec: ClientCodec
  /** Once it is connected, so that a request need not ask for it. */
  #connection: UpstreamConnection | undefined = undefined
  #closed = false
  readonly #idleTimer: Timer | undefined
  readonly #durationTimer: Timer | undefined
  #stream: Http1Stream | undefined = undefined
  /** The stream is over and its connection not yet given back. */
  #release = false
  #closeAnnounced = false
  /** No stream may follow the present one. */
  #lastStream = false
  #protocolError = false

  constructor(pool: PoolClientOwner<Http1Client>, host: EndpointHost) {
    const { dispatcher, createCodec, settings, stats } = pool.context
    this.#pool = pool
    this.#host = host
    this.#codec = createCodec(this, pool.sockets.proxy?.takesWholeUrls === true)
    this.#idleTimer = settings.idleTimeoutMs > 0 ? dispatcher.timer(() => this.#onIdleTimeout()) : undefined
    this.#durationTimer =
      settings.maxConnectionDurationMs > 0 ? dispatcher.timer(() => this.#onMaxDuration()) : undefined
    stats.upstream_cx_http1_total.inc()
    this.#pooled = new PooledConnection(pool, host, this)
  }

  /** At once, also while it connects. */
  close(): void {
    this.#pooled.close('no-flush')
  }

  get connection(): UpstreamConnection {
    return this.#connection ?? this.#pooled.connection
  }

  // ---- streams

  /** Precondition: connected, no stream. */
  startStream(decoder: ResponseDecoder, callbacks: PoolCallbacks): void {
    const { stats, settings } = this.#pool.context
    const hostStats = this.#host.stats
    if (++this.numStreams === settings.maxRequestsPerConnection) {
      this.#lastStream = true
      stats.upstream_cx_max_requests.inc()
    }
    stats.upstream_rq_total.inc()
    stats.upstream_rq_active.inc()
    this.#pool.resources.requests.inc()
    hostStats.rqTotal()
    hostStats.rqActive(1)
    const stream = new Http1Stream(this, decoder)
    const encoder = this.#codec.newStream(stream)
    stream.begin(encoder)
    this.#stream = stream
    const { protocol } = this.#codec
    const info = new PooledUpstreamInfo(this.#pooled, protocol, encoder.meter, this.numStreams)
    callbacks.onPoolReady(stream, info, protocol)
  }

  /** By the stream, whatever the cause. */
  onStreamEnd(): void {
    this.#pool.context.stats.upstream_rq_active.dec()
    this.#pool.resources.requests.dec()
    this.#host.stats.rqActive(-1)
  }

  onResponseHeaders(headers: ResponseHeaders): void {
    if (this.#codec.reusable) return
    this.#closeAnnounced = true
    // A body that lasts until the end announces nothing.
    if (closesConnection(headers, this.#codec.protocol === 'HTTP/1.1')) {
      this.#pool.context.stats.upstream_cx_close_notify.inc()
    }
  }

  /** By the stream, inside of the codec's callback. */
  onResponseComplete(): void {
    this.#release = true
  }

  /** By the stream: given up from above. */
  onStreamReset(): void {
    this.connection.close('no-flush')
  }

  /** By the stream: it carries a connection of another. As Envoy, the peer's end is ours to answer then. */
  onTunnelBegin(): void {
    this.connection.setHalfClose(true)
  }

  /** By the stream: it carries a connection of another, whose one end is over. HTTP/1 cannot say that in any other way. */
  onTunnelEnd(): void {
    this.connection.close('flush-write')
  }

  /** Gives the connection back, or closes it when it cannot carry another request. */
  #releaseStream(): void {
    const stream = this.#stream
    this.#release = false
    // A response to a request that is still being sent: the rest of it is unwanted, and no other can follow.
    if (stream !== undefined && !stream.requestComplete) return this.connection.close('no-flush')
    this.#stream = undefined
    if (this.#codec.reusable && !this.#lastStream && !this.#pool.draining) {
      this.#idleTimer?.enable(this.#pool.context.settings.idleTimeoutMs)
      return this.#pool.onClientIdle(this)
    }
    if (!this.#codec.reusable && !this.#closeAnnounced) this.#pool.context.stats.upstream_cx_protocol_error.inc()
    this.connection.close('no-flush')
  }

  /** Closes now, or after the present stream. */
  drain(): void {
    this.#lastStream = true
    if (this.#stream === undefined) this.connection.close('no-flush')
  }

  // ---- connection

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue, end: boolean): FilterStatus {
    for (let chunk = data.shift(); chunk !== undefined; chunk = data.shift()) {
      if (this.#stream === undefined) return this.#failProtocol()
      const error = this.#codec.dispatch(chunk)
      if (this.#closed) return 'stop'
      if (error !== undefined) return this.#failProtocol()
    }
    // Of a tunnel; otherwise the connection is over by now.
    if (end && this.#stream !== undefined) this.#endByPeer()
    if (this.#release) this.#releaseStream()
    if (end) this.connection.close('no-flush')
    return 'stop'
  }

  /** Bytes that are no response to anything, or a malformed one. */
  #failProtocol(): FilterStatus {
    this.#protocolError = true
    this.#pool.context.stats.upstream_cx_protocol_error.inc()
    this.connection.close('no-flush')
    return 'stop'
  }

  onConnected(): void {
    this.#connection = this.#pooled.connection
    this.#durationTimer?.enable(this.#pool.context.settings.maxConnectionDurationMs)
    this.#idleTimer?.enable(this.#pool.context.settings.idleTimeoutMs)
    this.#pool.onClientConnected(this)
  }

  onConnectFailure(reason: PoolFailure, transportFailureReason: string): void {
    this.#pool.onClientConnectFailure(this, reason, transportFailureReason)
  }

  onClosed(event: ConnectionEvent): boolean {
    this.#closed = true
    this.#idleTimer?.disable()
    this.#durationTimer?.disable()
    if (event === 'remote-close' && this.#stream !== undefined) this.#endByPeer()
    const stream = this.#release ? undefined : this.#stream
    this.#stream = undefined
    // The pool first: what the stream does next may ask it for another connection.
    this.#pool.onClientClosed(this)
    stream?.onReset(this.#protocolError ? 'protocol-error' : 'connection-termination', '')
    return stream !== undefined
  }

  /** The end of the connection may be the end of a response, or cut one short. */
  #endByPeer(): void {
    if (this.#codec.onPeerEnd() === undefined) return
    this.#protocolError = true
    this.#pool.context.stats.upstream_cx_protocol_error.inc()
  }

  onAboveHighWatermark(): void {
    this.#codec.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#codec.onBelowLowWatermark()
  }

  // ---- codec

  write(chunk: Uint8Array | string): void {
    this.connection.write(chunk)
  }

  writeComposed(composed: ComposedBytes): void {
    this.connection.writeComposed(composed)
  }

  onGoAway(): void {}

  // ---- timers

  /** Armed for good, as that is cheaper than to stop it for every stream: each end of a stream puts it off. */
  #onIdleTimeout(): void {
    if (this.#stream !== undefined) return
    this.#pool.context.stats.upstream_cx_idle_timeout.inc()
    this.connection.close('no-flush', 'idle_timeout')
  }

  #onMaxDuration(): void {
    this.#pool.context.stats.upstream_cx_max_duration_reached.inc()
    this.drain()
  }
}
