/**
 * One connection carried by a request through an HTTP proxy (Envoy's HttpUpstream and HttpConnPool). Over HTTP/1 neither side
 * can close its half alone: the end of one is the end of both.
 */
import type { ByteQueue } from '../../../../../api/bytes.ts'
import type { BytesMeter, Protocol, RequestEncoder, ResetReason, ResponseDecoder } from '../../../../../api/codec.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../../../api/headers.ts'
import type { FilterState, UpstreamInfo } from '../../../../../api/stream-info.ts'
import type { Cancellable, Host, HttpPool, PoolCallbacks, PoolFailure } from '../../../../../api/upstream.ts'
import { failedUpstream } from '../../../../../router/failed-upstream.ts'
import type { SessionUpstream, UpstreamOwner } from '../session-upstream.ts'
import type { TunnelingConfig } from './config.ts'
import { RESPONSE_HEADERS_STATE, RESPONSE_TRAILERS_STATE, TunnelFields } from './tunnel-fields.ts'

/** Exactly one of the two is called, once. */
export interface TunnelCallbacks {
  onTunnelReady(tunnel: Tunnel, upstream: UpstreamInfo): void
  /** `host` is undefined when none was asked; `meter` when no request was sent. */
  onTunnelFailure(reason: PoolFailure, transportFailure: string, host: Host | undefined, meter?: BytesMeter): void
}

export interface TunnelDeps {
  readonly config: TunnelingConfig
  readonly request: RequestHeaders
  /** Of the downstream connection. */
  readonly filterState: FilterState
  readonly owner: UpstreamOwner
}

export class Tunnel implements SessionUpstream, ResponseDecoder, PoolCallbacks, Cancellable {
  readonly hasCloseReason = false
  readonly queuedBytes = 0
  readonly #deps: TunnelDeps
  /** Until the proxy has answered. */
  #callbacks: TunnelCallbacks | undefined
  #pending: Cancellable | undefined = undefined
  /** Until the end. */
  #encoder: RequestEncoder | undefined = undefined
  #upstream: UpstreamInfo | undefined = undefined

  constructor(deps: TunnelDeps, callbacks: TunnelCallbacks) {
    this.#deps = deps
    this.#callbacks = callbacks
  }

  start(pool: HttpPool): void {
    const pending = pool.newStream(this, this)
    if (this.#encoder === undefined && this.#callbacks !== undefined) this.#pending = pending
  }

  /** Of an attempt: one that the proxy has not answered has failed. */
  cancel(): void {
    if (this.#encoder !== undefined) return this.#fail('')
    this.#callbacks = undefined
    this.#pending?.cancel()
  }

  // ------------------------------------------------------------------------------------------------- as an upstream

  /** As Envoy: what is carried counts once as the codec's bytes and once as the session's. */
  write(data: ByteQueue, end: boolean): void {
    const encoder = this.#encoder
    if (encoder === undefined) return data.clear()
    encoder.meter.wireBytesSent += data.length
    encoder.encodeData(data, end)
  }

  readDisable(disable: boolean): void {
    this.#encoder?.readDisable(disable)
  }

  onDownstreamEnd(): void {
    this.#take()?.reset('local-reset')
  }

  // --------------------------------------------------------------------------------------------------- as a request

  onPoolReady(encoder: RequestEncoder, upstream: UpstreamInfo, _protocol: Protocol): void {
    this.#pending = undefined
    this.#encoder = encoder
    this.#upstream = upstream
    encoder.enableTcpTunneling?.()
    const refusal = encoder.encodeHeaders(this.#deps.request, false)
    if (refusal !== undefined) this.#fail('')
  }

  onPoolFailure(reason: PoolFailure, transportFailureReason: string, host: Host | undefined): void {
    this.#pending = undefined
    const callbacks = this.#callbacks
    this.#callbacks = undefined
    callbacks?.onTunnelFailure(reason, transportFailureReason, host)
  }

  decode1xx(): void {}

  decodeHeaders(headers: ResponseHeaders, end: boolean): void {
    const { config, filterState } = this.#deps
    if (config.propagatesResponseHeaders) filterState.set(RESPONSE_HEADERS_STATE, TunnelFields.ofHeaders(headers))
    const { status } = headers
    if (status < 200 || status > 299 || end) return this.#fail(`tunnel_response:${status}`)
    const callbacks = this.#callbacks
    this.#callbacks = undefined
    const { host, meter, connectionId, localAddress, remoteAddress } = this.#upstream!
    // Of the rest Envoy tells nothing.
    callbacks?.onTunnelReady(this, { ...failedUpstream(host, ''), meter, connectionId, localAddress, remoteAddress })
  }

  decodeData(data: ByteQueue, end: boolean): void {
    const encoder = this.#encoder
    if (encoder === undefined) return
    encoder.meter.wireBytesReceived += data.length
    if (end) this.#encoder = undefined
    this.#deps.owner.onUpstreamData(data, end)
    if (end) this.#deps.owner.onUpstreamClosed(false)
  }

  /** Of a POST. */
  decodeTrailers(trailers: Trailers): void {
    const { config, filterState, owner } = this.#deps
    if (config.propagatesResponseTrailers) filterState.set(RESPONSE_TRAILERS_STATE, TunnelFields.ofTrailers(trailers))
    if (this.#take() !== undefined) owner.onUpstreamClosed(false)
  }

  onReset(_reason: ResetReason, _detail: string): void {
    if (this.#callbacks !== undefined) this.#fail('')
    else if (this.#take() !== undefined) this.#deps.owner.onUpstreamClosed(false)
  }

  onAboveHighWatermark(): void {
    if (this.#encoder !== undefined) this.#deps.owner.onUpstreamBackedUp(true)
  }

  onBelowLowWatermark(): void {
    if (this.#encoder !== undefined) this.#deps.owner.onUpstreamBackedUp(false)
  }

  /** There was a request, and it came to nothing. */
  #fail(transportFailure: string): void {
    const callbacks = this.#callbacks
    this.#callbacks = undefined
    const encoder = this.#take()
    encoder?.reset('local-reset')
    callbacks?.onTunnelFailure('remote-connection-failure', transportFailure, this.#upstream?.host, encoder?.meter)
  }

  #take(): RequestEncoder | undefined {
    const encoder = this.#encoder
    this.#encoder = undefined
    return encoder
  }
}
