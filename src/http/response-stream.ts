/**
 * The part of a stream that faces the client: what passed the filters goes out with the connection's own headers,
 * back-pressure comes in, and the stream ends here exactly once (Envoy's ActiveStream::encodeHeaders, doEndStream and
 * doDeferredStreamDestroy).
 */
import type { AccessLogType, FormatterContext } from '../api/access-log.ts'
import type { ByteQueue, WatermarkObserver } from '../api/bytes.ts'
import type { ResetReason, ResponseEncoder } from '../api/codec.ts'
import type { Dispatcher } from '../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { Connection } from '../api/network.ts'
import { newTrailers } from '../codec/headers/trailers.ts'
import type { OverrideHost } from '../api/upstream.ts'
import { StreamRecord } from '../network/stream-info.ts'
import { countResponse } from './connection-manager-stats.ts'
import { DownstreamWatermarks } from './downstream-watermarks.ts'
import type { StreamFilters } from './filter-chain/stream-filters.ts'
import type { ManagerShared } from './manager-shared.ts'
import { isUpgrade } from '../codec/headers/is-upgrade.ts'
import { mutateInterimHeaders, mutateResponseHeaders } from './response-headers/mutate-response-headers.ts'
import { addProxyStatus } from './response-headers/proxy-status.ts'
import type { StreamOwner } from './stream-owner.ts'
import type { StreamTimers } from './stream-timers.ts'
import type { RequestTrace } from './tracing/request-trace.ts'

const REMOTE_DISCONNECT = 'downstream_remote_disconnect'

export abstract class ResponseStream implements FormatterContext {
  readonly streamInfo: StreamRecord
  readonly connection: Connection
  readonly dispatcher: Dispatcher
  requestHeaders: RequestHeaders | undefined = undefined
  requestTrailers: Trailers | undefined = undefined
  responseHeaders: ResponseHeaders | undefined = undefined
  responseTrailers: Trailers | undefined = undefined
  informationalHeaders: ResponseHeaders | undefined = undefined
  bufferLimit: number
  upstreamOverrideHost: OverrideHost | undefined = undefined
  requestComplete = false
  responseComplete = false
  ended = false
  localReplyBody = ''
  logType: AccessLogType = 'NotSet'

  protected readonly owner: StreamOwner
  protected readonly shared: ManagerShared
  protected readonly encoder: ResponseEncoder
  protected readonly timers: StreamTimers
  protected filters: StreamFilters | undefined = undefined
  protected idleTimeoutMs: number
  /** Response headers went to the codec. */
  protected headersEncoded = false
  /** The connection is to end with this stream. */
  protected drainsConnection: boolean
  /** The filters are those of an accepted upgrade. */
  protected upgraded = false
  /** What a traced response is decorated with, see `TracedStream`. */
  decoratedOperation: string | undefined = undefined
  /** Undefined without a tracer. */
  trace: RequestTrace | undefined = undefined
  /** The end of the response went to the codec. */
  #endEncoded = false
  #readDisables = 0
  #informed = false
  #watermarks: DownstreamWatermarks | undefined = undefined
  /** The only observer, as long as it has had nothing to observe: most requests need no more. */
  #observer: WatermarkObserver | undefined = undefined

  constructor(owner: StreamOwner, encoder: ResponseEncoder, lastOfConnection: boolean) {
    const { shared, connection } = owner
    const { dispatcher } = connection
    this.owner = owner
    this.connection = connection
    this.dispatcher = dispatcher
    this.shared = shared
    this.encoder = encoder
    this.bufferLimit = connection.bufferLimit
    this.drainsConnection = lastOfConnection
    const info = new StreamRecord(
      dispatcher.now,
      dispatcher.wallNow,
      connection.info,
      connection.id,
      connection.ssl,
      connection,
    )
    info.protocol = owner.protocol
    info.downstreamMeter = encoder.meter
    this.streamInfo = info
    this.idleTimeoutMs = shared.settings.streamIdleTimeoutMs
    this.timers = shared.streamTimers.take()
    shared.work.begins()
    shared.stats.rqTotal.inc()
    shared.stats.rqActive.inc()
    if (owner.isHttp1) shared.stats.rqHttp1Total.inc()
    else shared.stats.rqHttp2Total.inc()
  }

  get request(): RequestHeaders | undefined {
    return this.requestHeaders
  }

  get response(): ResponseHeaders | undefined {
    return this.responseHeaders
  }

  newTrailers(): Trailers {
    return newTrailers()
  }

  // ------------------------------------------------------------------------ response: from the terminal filter in

  /** The first informational response, and only where a 100 is not ours to send, goes from the upstream to the client. */
  respond1xx(headers: ResponseHeaders): void {
    if (this.ended || this.#informed || !this.shared.settings.proxy100Continue) return
    this.#informed = true
    const encoders = this.filters?.encoders
    if (encoders === undefined) this.finish1xx(headers)
    else encoders.pass1xx(undefined, headers)
  }

  respondHeaders(headers: ResponseHeaders, end: boolean, details: string): void {
    if (this.ended) return
    this.responseHeaders = headers
    this.streamInfo.responseCodeDetails = details
    this.responseComplete = end
    const encoders = this.filters?.encoders
    if (encoders === undefined) this.finishHeaders(headers, end)
    else encoders.passHeaders(undefined, headers, end)
  }

  respondData(data: ByteQueue, end: boolean): void {
    if (this.ended) return
    if (end) this.responseComplete = true
    const encoders = this.filters?.encoders
    if (encoders === undefined) this.finishData(data, end)
    else encoders.passData(undefined, data, end, false)
  }

  respondTrailers(trailers: Trailers): void {
    if (this.ended) return
    this.responseComplete = true
    this.responseTrailers = trailers
    const encoders = this.filters?.encoders
    if (encoders === undefined) this.finishTrailers(trailers)
    else encoders.passTrailers(undefined, trailers)
  }

  // ------------------------------------------------------------------------------------- response: to the codec

  finish1xx(headers: ResponseHeaders): void {
    mutateInterimHeaders(headers, this.requestHeaders, this.shared.settings)
    this.countResponse(headers.status)
    this.encoder.encode1xx(headers)
    this.timers.armIdle(this.idleTimeoutMs)
  }

  finishHeaders(headers: ResponseHeaders, end: boolean): void {
    const { shared, owner } = this
    this.responseHeaders = headers
    mutateResponseHeaders(headers, this.requestHeaders, shared.settings, shared.date)
    shared.tracing?.markResponse(this, headers)
    const { proxyStatus } = shared.settings
    if (proxyStatus !== undefined) addProxyStatus(headers, this.streamInfo, proxyStatus, shared.proxyName)
    this.#endConnectionOrNot(headers)
    // A request that has its answer may take its time.
    if (!this.requestComplete) this.timers.armRequest(0)
    if (owner.draining && owner.isHttp1 && !this.#opensTunnel(headers)) headers.set('connection', 'close')
    this.countResponse(headers.status)
    this.streamInfo.firstDownstreamTxByte ??= this.dispatcher.now
    this.headersEncoded = true
    this.encoder.encodeHeaders(headers, end)
    if (this.upgraded && this.#opensTunnel(headers)) this.#onTunnel()
    this.#afterEncoding(end)
  }

  finishData(data: ByteQueue, end: boolean): void {
    this.streamInfo.bytesSent += data.length
    this.encoder.encodeData(data, end)
    this.#afterEncoding(end)
  }

  finishTrailers(trailers: Trailers): void {
    this.encoder.encodeTrailers(trailers)
    this.#afterEncoding(true)
  }

  protected countResponse(status: number): void {
    this.streamInfo.responseCode = status
    this.shared.tracing?.count(this.streamInfo)
    if (!this.streamInfo.healthCheck) countResponse(this.shared.stats, status)
  }

  #afterEncoding(end: boolean): void {
    if (this.ended) return
    if (!end) return this.timers.armIdle(this.idleTimeoutMs)
    const { streamInfo: info } = this
    const { now } = this.dispatcher
    this.#endEncoded = true
    info.lastDownstreamTxByte = now
    this.shared.stats.rqTime.record(now - info.startTime)
    this.endStream()
  }

  /** The connection manager drains with this response, or the response itself leaves no other way. */
  #endConnectionOrNot(headers: ResponseHeaders): void {
    const { owner, shared } = this
    const overloaded = !owner.draining && shared.context.overload.disablesHttpKeepAlive()
    if (overloaded) shared.stats.cxOverloadDisableKeepalive.inc()
    if (!owner.draining && (overloaded || shared.context.drain.drainClose)) {
      owner.startDrainSequence()
      shared.stats.cxDrainClose.inc()
    }
    if (owner.protocol === 'HTTP/1.0') {
      // Without a length, only the end of the connection ends the body.
      if (!headers.has('content-length')) this.drainsConnection = true
      if (!this.drainsConnection) headers.set('connection', 'keep-alive')
    }
    if (this.drainsConnection && !owner.draining) owner.closeWhenIdle()
    if (!this.requestComplete) {
      // What is left of the request would be taken for the next one.
      if (owner.isHttp1) owner.closeWhenIdle()
      shared.stats.rqResponseBeforeRqComplete.inc()
    }
  }

  /** Or looks like it: also a refusal that local_reply_config makes a 200. */
  #opensTunnel(headers: ResponseHeaders): boolean {
    return isUpgrade(headers) || (this.requestHeaders?.method === 'CONNECT' && headers.status === 200)
  }

  /** What comes from the client from now on is no request that could be late. */
  #onTunnel(): void {
    this.timers.armRequest(0)
    if (this.shared.settings.accessLog.flushOnTunnelEstablished) this.log('DownstreamTunnelSuccessfullyEstablished')
  }

  // ----------------------------------------------------------------------------------------------- flow control

  pauseRequest(): void {
    this.shared.stats.flowControlPausedReading.inc()
    this.#readDisables++
    this.encoder.readDisable(true)
    this.owner.readDisable(true)
  }

  resumeRequest(): void {
    if (this.#readDisables === 0) return
    this.shared.stats.flowControlResumedReading.inc()
    this.#readDisables--
    this.encoder.readDisable(false)
    this.owner.readDisable(false)
  }

  pauseResponse(): void {
    this.#observed().onAboveHighWatermark()
  }

  resumeResponse(): void {
    this.#observed().onBelowLowWatermark()
  }

  addDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    const { owner } = this
    const first = this.#watermarks === undefined && this.#observer === undefined
    if (first && !owner.aboveHighWatermark) this.#observer = observer
    else this.#observed().add(observer)
  }

  removeDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    if (observer === this.#observer) this.#observer = undefined
    else this.#watermarks?.remove(observer)
  }

  onAboveHighWatermark(): void {
    // Whoever comes later asks the connection.
    if (this.#observer !== undefined) this.#watch(0)
    this.#watermarks?.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#watermarks?.onBelowLowWatermark()
  }

  #observed(): DownstreamWatermarks {
    return this.#watermarks ?? this.#watch(this.owner.aboveHighWatermark ? 1 : 0)
  }

  /** `above`: causes that hold at the moment; none as long as there is an observer that was not told. */
  #watch(above: number): DownstreamWatermarks {
    const watermarks = new DownstreamWatermarks(above)
    this.#watermarks = watermarks
    if (this.#observer !== undefined) watermarks.add(this.#observer)
    this.#observer = undefined
    return watermarks
  }

  // ---------------------------------------------------------------------------------------------------- the end

  resetStream(_reason: ResetReason, detail: string): void {
    if (this.ended) return
    if (detail !== '') this.streamInfo.responseCodeDetails = detail
    this.shared.stats.rqTxReset.inc()
    this.endStream()
  }

  /** Ends the stream, by a reset when a side of it is incomplete. */
  protected endStream(): void {
    const { owner } = this
    const incomplete = !this.requestComplete || !this.#endEncoded
    if (incomplete) {
      this.encoder.reset(this.streamInfo.hasFlag('UPE') ? 'protocol-error' : 'local-reset')
      this.shared.stats.rqRxReset.inc()
    }
    this.finish()
    if (incomplete && owner.isHttp1) owner.closeWhenIdle()
    const framedByClose = owner.protocol === 'HTTP/1.0' && this.responseHeaders?.has('content-length') !== true
    owner.afterResponse(this.drainsConnection && (this.requestComplete || framedByClose))
  }

  /** Logs and lets go; nothing is called after it. */
  protected finish(): void {
    if (this.ended) return
    this.ended = true
    const { shared, owner, streamInfo: info } = this
    this.timers.detach()
    shared.streamTimers.giveBack(this.timers)
    while (this.#readDisables > 0) {
      this.#readDisables--
      owner.readDisable(false)
    }
    info.endTime = this.dispatcher.now
    if (owner.remoteClosed) {
      info.responseCodeDetails = REMOTE_DISCONNECT
      info.connectionEndTime = info.endTime
      info.setFlag('DC')
    }
    this.connection.countStreamBytes(this.encoder.meter.wireBytesReceived, this.encoder.meter.wireBytesSent)
    shared.work.ends()
    shared.stats.rqActive.dec()
    if (info.healthCheck) shared.stats.tracing?.tracingHealthCheck.inc()
    this.trace?.finish()
    if (this.upgraded) shared.stats.cxUpgradesActive.dec()
    this.filters?.completeFilters()
    this.log('DownstreamEnd')
    this.filters?.destroyFilters()
    owner.onStreamEnd(this)
  }

  protected log(type: AccessLogType): void {
    const { accessLogs } = this.shared
    this.logType = type
    for (let i = 0; i < accessLogs.length; i++) accessLogs[i]!.log(this)
  }
}
