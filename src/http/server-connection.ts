/**
 * HTTP on one downstream connection: creates the codec with the first bytes, opens a stream per request, and decides
 * when the connection ends (Envoy's ConnectionManagerImpl). A network read filter.
 */
import type { ByteQueue, ComposedBytes } from '../api/bytes.ts'
import type {
  CloseType,
  Connection,
  ConnectionCallbacks,
  ConnectionEvent,
  FilterStatus,
  ReadFilter,
} from '../api/network.ts'
import type {
  ProtocolError,
  Protocol,
  RequestDecoder,
  ResponseEncoder,
  ServerCodec,
  ServerCodecSink,
} from '../api/codec.ts'
import type { Timer } from '../api/event.ts'
import type { ScaledTimerKind } from '../api/overload.ts'
import type { ResponseFlag } from '../api/stream-info.ts'
import { hideClient } from './hide-client.ts'
import { createHttp1ServerCodec } from '../codec/http1/server-codec.ts'
import { ActiveStream } from './active-stream.ts'
import { countConnection, countConnectionEnd, countCutStreams } from './connection-counts.ts'
import { logDispatchError, logHttp2 } from './connection-log.ts'
import { startsHttp2 } from './http2-preface.ts'
import type { ManagerShared } from './manager-shared.ts'
import { DISPATCH_SHED, UNREAD } from './shed-request.ts'
import type { StreamOwner } from './stream-owner.ts'

/** not: responses keep the connection; draining: they close it, and it lives until the drain timeout; closing: it ends with its last stream. */
type DrainPhase = 'not' | 'draining' | 'closing'

const DEFERRED_CLOSE = 'deferred_close_on_drained_connection'
/** Before this part of the drain time responses are expected to take the word along. */
const PROACTIVE_DRAIN_SHARE = 2 / 3
const IDLE_CLOSE = 'on_idle_timeout'
/** So much that came ahead of its turn may wait while a response is due. */
const PIPELINE_LIMIT_BYTES = 65_536

export class ServerConnection implements ReadFilter, ConnectionCallbacks, ServerCodecSink, StreamOwner {
  readonly shared: ManagerShared
  readonly connection: Connection
  remoteClosed = false
  aboveHighWatermark = false
  readonly #startedAt: number
  #codec: ServerCodec | undefined = undefined
  /** Live streams; HTTP/1 has one at most. */
  readonly #streams: ActiveStream[] = []
  #drain: DrainPhase = 'not'
  /** max_connection_duration passed; the next response is the last one. */
  #softDrain = false
  #requests = 0
  #inDispatch = false
  /** The request in hand is refused for overload; the connection ends once the codec returns. */
  #shed: ActiveStream | undefined = undefined
  #resumePosted = false
  #pipelinePaused = false
  #destroyed = false
  #idleTimer: Timer | undefined = undefined
  #durationTimer: Timer | undefined = undefined
  #drainTimer: Timer | undefined = undefined
  #proactiveTimer: Timer | undefined = undefined

  constructor(shared: ManagerShared, connection: Connection) {
    const { settings, stats } = shared
    this.shared = shared
    this.connection = connection
    this.#startedAt = connection.dispatcher.now
    countConnection(stats, connection)
    connection.setDelayedCloseTimeout(settings.delayedCloseTimeoutMs)
    connection.addCallbacks(this)
    this.#armIdle()
    if (!settings.addsProxyProtocolState) hideClient(connection)
    if (settings.maxConnectionDurationMs > 0) {
      this.#durationTimer = this.#timer('HTTP_DOWNSTREAM_CONNECTION_MAX', () => this.#onMaxDuration())
      this.#durationTimer.enable(this.#jittered(settings.maxConnectionDurationMs, settings.maxConnectionDurationJitter))
    }
  }

  get protocol(): Protocol {
    return this.#codec?.protocol ?? 'HTTP/1.1'
  }

  get isHttp1(): boolean {
    const { protocol } = this
    return protocol === 'HTTP/1.1' || protocol === 'HTTP/1.0'
  }

  get draining(): boolean {
    return this.#drain !== 'not'
  }

  // ------------------------------------------------------------------------------------------------ read filter

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue, _end: boolean): FilterStatus {
    if (this.#codec === undefined && !this.#createCodec(data)) return 'stop'
    for (let chunk = data.shift(); chunk !== undefined; chunk = data.shift()) {
      if (this.connection.state !== 'open') break
      this.#inDispatch = true
      const error = this.#codec!.dispatch(chunk)
      this.#inDispatch = false
      if (error !== undefined) return this.#onCodecError(error)
      if (this.#shed !== undefined) return this.#endShedding(this.#shed)
    }
    return this.#goOn()
  }

  onShutdown(): void {
    if (this.#streams.length === 0) this.#close('flush-write', undefined, DEFERRED_CLOSE)
    else this.#drain = 'closing'
  }

  /** A connection without responses would not notice the drain until it is cut off. */
  onDrain(drainTimeMs: number): void {
    const earliest = drainTimeMs * PROACTIVE_DRAIN_SHARE
    const latest = drainTimeMs - this.shared.settings.drainTimeoutMs
    if (latest <= earliest) return
    this.#proactiveTimer ??= this.connection.dispatcher.timer(() => this.#onProactiveDrain())
    this.#proactiveTimer.enable(earliest + this.shared.context.random.float() * (latest - earliest))
  }

  #onProactiveDrain(): void {
    if (this.#drain !== 'not') return
    this.shared.stats.cxDrainClose.inc()
    this.startDrainSequence()
  }

  /** False when the connection is not for this proxy. */
  #createCodec(data: ByteQueue): boolean {
    const { shared, connection } = this
    if (shared.detectsHttp2 && startsHttp2(data.peek())) {
      logHttp2(shared.context)
      data.clear()
      this.#close('flush-write', undefined, 'http2_not_supported')
      return false
    }
    if (shared.shedCodec?.shouldShed() === true) {
      shared.stats.rqOverloadClose.inc()
      data.clear()
      this.#closeOverloaded('onData codec creation overload')
      return false
    }
    this.#codec = createHttp1ServerCodec(this, shared.codecSettings, shared.headReaders)
    connection.protocol = 'HTTP/1.1'
    shared.stats.cxHttp1Total.inc()
    shared.stats.cxHttp1Active.inc()
    return true
  }

  /** Requests that came ahead of their turn are next, or the connection has come to its end. */
  #goOn(): FilterStatus {
    const codec = this.#codec!
    if (codec.pendingBytes > 0 && this.#mayGoOn) {
      this.#inDispatch = true
      const error = codec.resume()
      this.#inDispatch = false
      if (error !== undefined) return this.#onCodecError(error)
      if (this.#shed !== undefined) return this.#endShedding(this.#shed)
    }
    this.#holdPipeline(codec.pendingBytes > PIPELINE_LIMIT_BYTES)
    this.#closeIfDone(false)
    return 'stop'
  }

  /** The stream in progress may get the rest of its request, and a new one may come unless this is the end. */
  get #mayGoOn(): boolean {
    return this.connection.state === 'open' && (this.#streams.length > 0 || this.#drain !== 'closing')
  }

  #holdPipeline(hold: boolean): void {
    if (hold === this.#pipelinePaused) return
    this.#pipelinePaused = hold
    this.connection.readDisable(hold)
  }

  #onCodecError(error: ProtocolError): FilterStatus {
    const { stats, context } = this.shared
    logDispatchError(context, this.connection, error)
    this.#inDispatch = true
    this.#streams[0]?.onCodecError(error)
    this.#inDispatch = false
    stats.cxProtocolError.inc()
    this.connection.streamInfo.setFlag('DPE')
    this.#close('flush-write-and-delay', 'DPE', `codec_error:${error.message.replaceAll(' ', '_')}`)
    return 'stop'
  }

  /** A request that the load shed point http1_server_abort_dispatch refused, before anything of it was looked at. */
  #endShedding(stream: ActiveStream): FilterStatus {
    this.shared.stats.rqOverloadClose.inc()
    this.#inDispatch = true
    stream.onCodecError(DISPATCH_SHED)
    this.#inDispatch = false
    this.#closeOverloaded(DISPATCH_SHED.message)
    return 'stop'
  }

  #closeOverloaded(message: string): void {
    this.connection.streamInfo.setFlag('OM')
    this.#close('flush-write-and-delay', 'OM', `overload_error:${message.replaceAll(' ', '_')}`)
  }

  // ---------------------------------------------------------------------------------------------- codec's sink

  newStream(encoder: ResponseEncoder): RequestDecoder {
    const stream = this.replaceStream(encoder, false)
    if (this.shared.shedDispatch?.shouldShed() !== true) return stream
    this.#shed = stream
    return UNREAD
  }

  replaceStream(encoder: ResponseEncoder, lastOfConnection: boolean): ActiveStream {
    const stream = new ActiveStream(this, encoder, this.#countRequest() || lastOfConnection)
    this.#streams.push(stream)
    return stream
  }

  write(chunk: Uint8Array | string): void {
    this.connection.write(chunk)
  }

  writeComposed(composed: ComposedBytes): void {
    this.connection.writeComposed(composed)
  }

  onGoAway(_code: number): void {}

  /** True when no further request is welcome. */
  #countRequest(): boolean {
    const { settings, stats } = this.shared
    let last = this.#softDrain
    this.#requests++
    if (settings.maxRequestsPerConnection > 0 && this.#requests >= settings.maxRequestsPerConnection) {
      stats.cxMaxRequestsReached.inc()
      if (this.isHttp1) last = true
      else if (this.#drain === 'not') this.startDrainSequence()
    }
    if (last) this.#drain = 'closing'
    return last
  }

  // ---------------------------------------------------------------------------------------------- stream's owner

  startDrainSequence(): void {
    this.#drain = 'draining'
    this.#codec?.shutdownNotice()
    this.#drainTimer ??= this.connection.dispatcher.timer(() => this.#onDrainTimeout())
    const { drainTimeoutMs, drainTimeoutJitter } = this.shared.settings
    this.#drainTimer.enable(this.#jittered(drainTimeoutMs, drainTimeoutJitter))
  }

  closeWhenIdle(): void {
    this.#drain = 'closing'
  }

  readDisable(disable: boolean): void {
    if (!this.isHttp1) return
    this.connection.readDisable(disable)
    if (!disable) this.#goOnLater()
  }

  onStreamEnd(stream: ActiveStream): void {
    const streams = this.#streams
    const at = streams.indexOf(stream)
    if (at === streams.length - 1) streams.pop()
    else if (at >= 0) streams.splice(at, 1)
    if (streams.length === 0 && !this.#destroyed) this.#armIdle()
  }

  afterResponse(skipDelay: boolean): void {
    // During a dispatch the end of the connection and the next request wait for its return.
    if (this.#inDispatch) return
    this.#closeIfDone(skipDelay)
    this.#goOnLater()
  }

  /** Bytes that the codec kept are taken up when nobody of this stream is on the stack. */
  #goOnLater(): void {
    const codec = this.#codec
    if (codec === undefined || codec.pendingBytes === 0 || this.#resumePosted || !this.#mayGoOn) return
    this.#resumePosted = true
    this.connection.dispatcher.post(() => {
      this.#resumePosted = false
      if (this.connection.state === 'open') this.#goOn()
    })
  }

  // --------------------------------------------------------------------------------------- connection callbacks

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected' || this.#destroyed) return
    this.#destroyed = true
    const { connection } = this
    const { stats } = this.shared
    if (event === 'remote-close') {
      this.remoteClosed = true
      stats.cxDestroyRemote.inc()
      this.#endStreams(false, 'DC', 'downstream_remote_disconnect')
    } else {
      stats.cxDestroyLocal.inc()
      if (this.#streams.length > 0) {
        this.#endStreams(false, 'DC', `downstream_local_disconnect(${connection.closeReason.replaceAll(' ', '_')})`)
      }
    }
    this.#stopTimers()
    const lengthMs = connection.dispatcher.now - this.#startedAt
    countConnectionEnd(stats, connection, lengthMs, this.#codec !== undefined, this.#softDrain)
  }

  onAboveHighWatermark(): void {
    this.aboveHighWatermark = true
    this.#codec?.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.aboveHighWatermark = false
    this.#codec?.onBelowLowWatermark()
    this.#goOnLater()
  }

  // ---------------------------------------------------------------------------------------------------- the end

  #timer(kind: ScaledTimerKind, callback: () => void): Timer {
    return this.shared.context.overload.timer(kind, this.connection.dispatcher, callback)
  }

  #jittered(ms: number, share: number): number {
    return share === 0 ? ms : ms + Math.floor(this.shared.context.random.float() * ms * share)
  }

  #armIdle(): void {
    const ms = this.shared.settings.idleTimeoutMs
    if (ms > 0) (this.#idleTimer ??= this.#timer('HTTP_DOWNSTREAM_CONNECTION_IDLE', () => this.#onIdle())).enable(ms)
  }

  #onIdle(): void {
    // It goes on while there are streams, as a request would only stop it to have it started anew by its response.
    if (this.#streams.length > 0) return
    this.shared.stats.cxIdleTimeout.inc()
    if (this.#codec === undefined) this.#close('flush-write', undefined, IDLE_CLOSE)
    else if (this.#drain === 'not') this.startDrainSequence()
  }

  #onMaxDuration(): void {
    const { settings, stats } = this.shared
    stats.cxMaxDurationReached.inc()
    if (this.#codec === undefined) this.#close('flush-write', 'DT', 'duration_timeout')
    else if (this.#drain !== 'not') return
    else if (settings.http1SafeMaxConnectionDuration && this.isHttp1) {
      this.#softDrain = true
      stats.cxHttp1SoftDrain.inc()
    } else this.startDrainSequence()
  }

  #onDrainTimeout(): void {
    this.#codec?.goAway()
    this.#drain = 'closing'
    this.#closeIfDone(false)
  }

  #closeIfDone(skipDelay: boolean): void {
    if (this.#drain !== 'closing' || this.#streams.length > 0 || this.connection.state !== 'open') return
    this.#close(skipDelay ? 'flush-write' : 'flush-write-and-delay', undefined, DEFERRED_CLOSE)
  }

  #close(type: CloseType, flag: ResponseFlag | undefined, details: string): void {
    this.#endStreams(true, flag, details)
    // Only now, as the end of a stream starts some.
    this.#stopTimers()
    this.connection.close(type, details)
  }

  #endStreams(local: boolean, flag: ResponseFlag | undefined, details: string): void {
    if (this.#streams.length === 0) return
    countCutStreams(this.shared.stats, local)
    while (this.#streams.length > 0) this.#streams[0]!.onConnectionClosed(flag, details)
  }

  #stopTimers(): void {
    this.#idleTimer?.disable()
    this.#durationTimer?.disable()
    this.#drainTimer?.disable()
    this.#proactiveTimer?.disable()
  }
}
