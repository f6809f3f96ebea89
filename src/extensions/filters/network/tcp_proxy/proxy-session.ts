/**
 * One downstream connection and its upstream (Envoy's TcpProxy::Filter): moves bytes by reference, ends with either. Nothing is
 * read before there is an upstream to write to, unless the configuration says otherwise.
 */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Dispatcher, Timer } from '../../../../api/event.ts'
import type {
  CloseType,
  Connection,
  ConnectionCallbacks,
  ConnectionEvent,
  FilterStatus,
  ReadFilter,
} from '../../../../api/network.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import type { ClusterInfo } from '../../../../api/upstream.ts'
import { earlyDataLimit } from './connect-mode.ts'
import { EarlyData } from './early-data.ts'
import type { ProxyShared } from './proxy-shared.ts'
import { SessionLog } from './session-log.ts'
import type { TimedSession } from './session-timers.ts'
import { IdleClock } from './session-timers.ts'
import type { SessionUpstream } from './session-upstream.ts'
import type { AttemptsOwner } from './upstream-attempts.ts'
import { UpstreamAttempts } from './upstream-attempts.ts'

/** Left by earlier filters of the connection. */
const IDLE_TIMEOUT_STATE = 'envoy.tcp_proxy.per_connection_idle_timeout_ms'

export class ProxySession implements ReadFilter, ConnectionCallbacks, AttemptsOwner, TimedSession {
  readonly #connection: Connection
  readonly #streamInfo: StreamInfo
  readonly #shared: ProxyShared
  readonly #log: SessionLog | undefined
  readonly #attempts: UpstreamAttempts
  #cluster: ClusterInfo | undefined = undefined
  #upstream: SessionUpstream | undefined = undefined
  /** What may be read before there is an upstream. */
  #early: EarlyData | undefined
  #downstreamBackedUp = false
  #ended = false
  #idleTimeoutMs = 0
  #idle: IdleClock | undefined = undefined
  #durationTimer: Timer | undefined = undefined

  constructor(shared: ProxyShared, connection: Connection) {
    this.#shared = shared
    this.#connection = connection
    this.#streamInfo = connection.streamInfo
    this.#attempts = new UpstreamAttempts(shared, connection, this)
    shared.stats.cxTotal.inc()
    connection.addCallbacks(this)
    connection.setHalfClose(true)
    const earlyLimit = earlyDataLimit(shared.config.connectMode, connection)
    this.#early = earlyLimit === undefined ? undefined : new EarlyData(connection, earlyLimit)
    if (earlyLimit === undefined) connection.readDisable(true)
    this.#log = shared.loggers.length === 0 ? undefined : new SessionLog(shared, connection, this.#early)
  }

  get dispatcher(): Dispatcher {
    return this.#connection.dispatcher
  }

  get queuedBytes(): number {
    const upstream = this.#upstream === undefined ? 0 : this.#upstream.queuedBytes
    return this.#connection.bufferedBytes + upstream
  }

  // -------------------------------------------------------------------------------------------------- downstream

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    const { maxDurationMs, maxDurationJitterPercent } = this.#shared.config
    if (maxDurationMs > 0) {
      const jitter = (maxDurationJitterPercent / 100) * this.#shared.context.random.float()
      this.#durationTimer = this.dispatcher.timer(() => this.#onMaxDuration())
      this.#durationTimer.enable(maxDurationMs * (1 + jitter))
    }
    this.#startIdleClock()
    this.#attempts.chooseRoute()
    // A handshake is over before any filter hears of its connection.
    if (this.#shared.config.connectMode.when !== 'ON_DOWNSTREAM_DATA') this.#attempts.start()
    return this.#early === undefined ? 'stop' : 'continue'
  }

  onData(data: ByteQueue, end: boolean): FilterStatus {
    const upstream = this.#upstream
    this.#streamInfo.bytesReceived += data.length
    if (upstream === undefined) {
      this.#keepEarly(data, end)
      return 'stop'
    }
    if (this.#shared.shedData?.shouldShed() === true) {
      data.clear()
      this.#shedClose()
      return 'stop'
    }
    upstream.write(data, end)
    this.#idle?.touch()
    if (this.#shared.drainsNow) this.#drainClose()
    return 'stop'
  }

  #keepEarly(data: ByteQueue, end: boolean): void {
    const early = this.#early
    if (early === undefined || this.#ended) return data.clear()
    const isFirst = early.length === 0 && data.length > 0
    early.take(data, end)
    if (isFirst && this.#shared.config.connectMode.when === 'ON_DOWNSTREAM_DATA') this.#attempts.start()
    if (this.#ended) return
    early.checkLimit()
    this.#shared.stats.earlyDataReceived.inc()
    if (this.#shared.drainsNow) this.#drainClose()
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected' || this.#ended) return
    this.#ended = true
    this.#streamInfo.connectionEndTime = this.dispatcher.now
    const { closeReason } = this.#connection
    const reset = event === 'remote-close' && closeReason === 'ECONNRESET'
    if (reset) this.#streamInfo.downstreamDetectedCloseType = 'RemoteReset'
    else if (event === 'local-close' && closeReason !== '') this.#streamInfo.downstreamLocalCloseReason ??= closeReason
    this.#stopTimers()
    this.#attempts.cancel()
    this.#endUpstream(event, reset, closeReason)
    this.#log?.end()
  }

  #endUpstream(event: ConnectionEvent, reset: boolean, reason: string): void {
    const upstream = this.#upstream
    if (upstream === undefined) return
    this.#upstream = undefined
    if (event === 'remote-close') return upstream.onDownstreamEnd(reset ? 'reset' : 'closed', '', this.#idleTimeoutMs)
    const info = this.#streamInfo.upstream
    if (reason !== '' && upstream.hasCloseReason && info !== undefined) info.localCloseReason = reason
    upstream.onDownstreamEnd('closed-here', reason, this.#idleTimeoutMs)
  }

  onAboveHighWatermark(): void {
    this.#upstream?.readDisable(true)
    if (this.#upstream !== undefined) this.#cluster?.stats.counter('upstream_flow_control_paused_reading_total').inc()
  }

  onBelowLowWatermark(): void {
    this.#upstream?.readDisable(false)
    if (this.#upstream !== undefined) this.#cluster?.stats.counter('upstream_flow_control_resumed_reading_total').inc()
  }

  // -------------------------------------------------------------------------------------------------- connecting

  onUpstreamReady(upstream: SessionUpstream, cluster: ClusterInfo | undefined): void {
    this.#upstream = upstream
    this.#cluster = cluster
    this.#sendEarly(upstream)
    this.#idle?.touch()
    this.#log?.upstreamConnected()
  }

  onNoUpstream(failure: number): void {
    // Envoy's spelling.
    this.#closeDownstream('no-flush', `tcp_initializion_failure:${failure}`)
  }

  onShed(): void {
    this.#shedClose()
  }

  #sendEarly(upstream: SessionUpstream): void {
    const early = this.#early
    if (early === undefined) return this.#connection.readDisable(false)
    this.#early = undefined
    early.moveTo(upstream)
  }

  #startIdleClock(): void {
    const own = this.#streamInfo.filterState.get(IDLE_TIMEOUT_STATE)?.serializeAsString()
    this.#idleTimeoutMs = own === undefined ? this.#shared.config.idleTimeoutMs : Number(own)
    if (this.#idleTimeoutMs > 0) this.#idle = new IdleClock(this, this.#idleTimeoutMs)
  }

  // ---------------------------------------------------------------------------------------------------- upstream

  onUpstreamData(data: ByteQueue, end: boolean): void {
    const downstreamConnection = this.#connection
    this.#streamInfo.bytesSent += data.length
    for (let piece = data.shift(); piece !== undefined; piece = data.shift()) downstreamConnection.write(piece)
    if (end) downstreamConnection.endWrite()
    this.#idle?.touch()
    if (this.#shared.drainsNow) this.#drainClose()
  }

  onUpstreamClosed(reset: boolean, localReason = ''): void {
    this.#upstream = undefined
    this.#idle?.stop()
    const { upstream } = this.#streamInfo
    if (localReason !== '' && upstream !== undefined) upstream.localCloseReason = localReason
    if (!reset) return this.#closeDownstream('flush-write', '')
    const streamInfo = this.#streamInfo
    streamInfo.setFlag('UR')
    if (upstream !== undefined) upstream.detectedCloseType = 'RemoteReset'
    if (this.#connection.state === 'open') streamInfo.downstreamDetectedCloseType = 'LocalReset'
    this.#closeDownstream('abort-reset', '')
  }

  onUpstreamBackedUp(backedUp: boolean): void {
    const { stats } = this.#shared
    if (this.#connection.state !== 'open' || this.#downstreamBackedUp === backedUp) return
    this.#downstreamBackedUp = backedUp
    this.#connection.readDisable(backedUp)
    if (backedUp) stats.flowControlPausedReading.inc()
    else stats.flowControlResumedReading.inc()
  }

  // ----------------------------------------------------------------------------------------------------- the end

  onIdle(): void {
    this.#shared.stats.idleTimeout.inc()
    this.#closeDownstream('no-flush', 'tcp_session_idle_timeout')
  }

  #onMaxDuration(): void {
    this.#streamInfo.setFlag('DT')
    this.#shared.stats.maxDuration.inc()
    this.#closeDownstream('no-flush', 'max_connection_duration_reached')
  }

  #drainClose(): void {
    if (this.#connection.state !== 'open') return
    this.#shared.stats.cxDrainClose.inc()
    this.#closeDownstream('flush-write', 'tcp_proxy_drain_close')
  }

  #shedClose(): void {
    this.#shared.stats.cxOverloadClose.inc()
    this.#streamInfo.setFlag('OM')
    this.#closeDownstream('no-flush', 'overload_manager_close')
  }

  #closeDownstream(type: CloseType, reason: string): void {
    this.#connection.close(type, reason)
  }

  #stopTimers(): void {
    this.#idle?.stop()
    this.#durationTimer?.disable()
  }
}
