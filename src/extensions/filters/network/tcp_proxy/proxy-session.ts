/**
 * One downstream connection and its way to an upstream (Envoy's TcpProxy::Filter): chooses cluster and host, connects, and
 * then moves bytes by reference. Nothing is read before there is an upstream to write to.
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
import type { StreamInfo, UpstreamInfo } from '../../../../api/stream-info.ts'
import type {
  Cancellable,
  ClusterInfo,
  Host,
  LoadBalancerContext,
  PoolFailure,
  ReadableConnection,
  TcpPoolCallbacks,
} from '../../../../api/upstream.ts'
import { failedUpstream } from '../../../../router/failed-upstream.ts'
import { BackOff } from './back-off.ts'
import { chooseCluster } from './cluster-choice.ts'
import type { ProxyShared } from './proxy-shared.ts'
import { SessionLog } from './session-log.ts'
import type { TimedSession } from './session-timers.ts'
import { IdleClock } from './session-timers.ts'
import type { UpstreamOwner } from './upstream-side.ts'
import { UpstreamSide } from './upstream-side.ts'

/** In the order of Envoy's UpstreamFailureReason: the close reason has the number, and Envoy's spelling. */
const INIT_FAILURES = { connectFailed: 0, noHealthyUpstream: 1, resourceLimitExceeded: 2, noRoute: 3 } as const

/** Left by earlier filters of the connection. */
const CLUSTER_STATE = 'envoy.tcp_proxy.cluster'
const IDLE_TIMEOUT_STATE = 'envoy.tcp_proxy.per_connection_idle_timeout_ms'

export class ProxySession
  implements ReadFilter, ConnectionCallbacks, TcpPoolCallbacks, UpstreamOwner, LoadBalancerContext, TimedSession
{
  readonly downstreamConnection: Connection
  readonly streamInfo: StreamInfo
  readonly requestHeaders = undefined
  readonly hash = undefined
  readonly metadataMatch = undefined
  readonly hostSelectionRetryCount = 0
  readonly #shared: ProxyShared
  readonly #log: SessionLog | undefined
  #cluster: ClusterInfo | undefined = undefined
  #pending: Cancellable | undefined = undefined
  #upstream: UpstreamSide | undefined = undefined
  #attemptedHosts: Host[] | undefined = undefined
  /** Of the last attempt that failed; a later success keeps it. */
  #transportFailure = ''
  #downstreamBackedUp = false
  #ended = false
  #idleTimeoutMs = 0
  #idle: IdleClock | undefined = undefined
  #durationTimer: Timer | undefined = undefined
  #retryTimer: Timer | undefined = undefined
  #backOff: BackOff | undefined = undefined

  constructor(shared: ProxyShared, connection: Connection) {
    this.#shared = shared
    this.downstreamConnection = connection
    this.streamInfo = connection.streamInfo
    shared.stats.cxTotal.inc()
    connection.addCallbacks(this)
    connection.setHalfClose(true)
    connection.readDisable(true)
    this.#log = shared.loggers.length === 0 ? undefined : new SessionLog(shared, connection)
  }

  get dispatcher(): Dispatcher {
    return this.downstreamConnection.dispatcher
  }

  get queuedBytes(): number {
    const upstream = this.#upstream === undefined ? 0 : this.#upstream.queuedBytes
    return this.downstreamConnection.bufferedBytes + upstream
  }

  shouldSelectAnotherHost(): boolean {
    return false
  }

  // -------------------------------------------------------------------------------------------------- downstream

  onNewConnection(): FilterStatus {
    const { maxDurationMs, maxDurationJitterPercent } = this.#shared.config
    if (maxDurationMs > 0) {
      const jitter = (maxDurationJitterPercent / 100) * this.#shared.context.random.float()
      this.#durationTimer = this.dispatcher.timer(() => this.#onMaxDuration())
      this.#durationTimer.enable(maxDurationMs * (1 + jitter))
    }
    this.#establish()
    return 'stop'
  }

  onData(data: ByteQueue, end: boolean): FilterStatus {
    const upstream = this.#upstream
    if (upstream === undefined) {
      data.clear()
      return 'stop'
    }
    this.streamInfo.bytesReceived += data.length
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

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected' || this.#ended) return
    this.#ended = true
    this.streamInfo.connectionEndTime = this.dispatcher.now
    const { closeReason } = this.downstreamConnection
    const reset = event === 'remote-close' && closeReason === 'ECONNRESET'
    if (reset) this.streamInfo.downstreamDetectedCloseType = 'RemoteReset'
    else if (event === 'local-close' && closeReason !== '') this.streamInfo.downstreamLocalCloseReason ??= closeReason
    this.#stopTimers()
    this.#pending?.cancel()
    this.#pending = undefined
    this.#endUpstream(event, reset, closeReason)
    this.#log?.end()
  }

  #endUpstream(event: ConnectionEvent, reset: boolean, reason: string): void {
    const upstream = this.#upstream
    if (upstream === undefined) return
    this.#upstream = undefined
    if (event === 'remote-close') {
      if (reset) upstream.abandon('abort-reset', '')
      else upstream.flushAndClose(this.#idleTimeoutMs)
      return
    }
    if (reason !== '' && this.streamInfo.upstream !== undefined) this.streamInfo.upstream.localCloseReason = reason
    upstream.abandon('no-flush', reason)
  }

  onAboveHighWatermark(): void {
    this.#upstream?.connection.readDisable(true)
    if (this.#upstream !== undefined) this.#cluster?.stats.counter('upstream_flow_control_paused_reading_total').inc()
  }

  onBelowLowWatermark(): void {
    this.#upstream?.connection.readDisable(false)
    if (this.#upstream !== undefined) this.#cluster?.stats.counter('upstream_flow_control_resumed_reading_total').inc()
  }

  // -------------------------------------------------------------------------------------------------- connecting

  #establish(): void {
    if (this.#shared.shedConnect?.shouldShed() === true) return this.#shedClose()
    const { clusters, random } = this.#shared.context
    const { streamInfo } = this
    const named = streamInfo.filterState.get(CLUSTER_STATE)?.serializeAsString()
    const cluster = clusters.get(named ?? chooseCluster(this.#shared.config.clusters, random))
    if (cluster === undefined) {
      this.#shared.stats.cxNoRoute.inc()
      streamInfo.setFlag('NC')
      return this.#failInitialization(INIT_FAILURES.noRoute)
    }
    const { info } = cluster
    this.#cluster = info
    streamInfo.upstreamCluster = info
    if (!info.resources('default').connections.canCreate()) {
      streamInfo.setFlag('UO')
      info.scope.counter('upstream_cx_overflow').inc()
      return this.#failInitialization(INIT_FAILURES.resourceLimitExceeded)
    }
    const pick = cluster.chooseHost(this)
    // As Envoy, which does not wait for a host here; whoever comes later finds it.
    if (pick.kind === 'later') pick.cancel()
    if (pick.kind !== 'host') {
      streamInfo.setFlag('UH')
      return this.#failInitialization(INIT_FAILURES.noHealthyUpstream)
    }
    streamInfo.attemptCount++
    this.#pending = cluster.tcpPool(pick.host, 'default', this).newConnection(this)
  }

  onPoolReady(connection: ReadableConnection, upstream: UpstreamInfo): void {
    this.#pending = undefined
    if (this.#transportFailure !== '') upstream.transportFailureReason = this.#transportFailure
    if (upstream.host !== undefined) this.#noteAttempt(upstream, upstream.host)
    upstream.host?.monitor?.localOrigin('connected-final')
    this.#upstream = new UpstreamSide(connection, this.#shared, this)
    this.#startIdleClock()
    this.#log?.upstreamConnected()
    this.downstreamConnection.readDisable(false)
  }

  onPoolFailure(reason: PoolFailure, transportFailureReason: string, host: Host): void {
    this.#pending = undefined
    this.#transportFailure = transportFailureReason
    // As Envoy: a host is one of those that were attempted, also where the limits did not let it be asked.
    const asked = reason === 'overflow' ? undefined : host
    this.#noteAttempt(failedUpstream(asked, transportFailureReason), host)
    // As Envoy: what failed at our own end has no flag.
    if (reason === 'remote-connection-failure' || reason === 'timeout') {
      this.streamInfo.setFlag('UF')
      host.monitor?.localOrigin(reason === 'timeout' ? 'timeout' : 'failed')
    }
    if (this.streamInfo.attemptCount >= this.#shared.config.maxConnectAttempts) return this.#giveUp()
    const { backOff } = this.#shared.config
    if (backOff === undefined) return this.#establish()
    this.#backOff ??= new BackOff(backOff, this.#shared.context.random)
    this.#retryTimer ??= this.dispatcher.timer(() => this.#establish())
    this.#retryTimer.enable(this.#backOff.nextMs())
  }

  #noteAttempt(upstream: UpstreamInfo, host: Host): void {
    upstream.poolReady = this.dispatcher.now
    const hosts = (this.#attemptedHosts ??= [])
    hosts.push(host)
    upstream.attemptedHosts = hosts
    this.streamInfo.upstream = upstream
  }

  #giveUp(): void {
    this.streamInfo.setFlag('URX')
    this.#cluster?.scope.counter('upstream_cx_connect_attempts_exceeded').inc()
    this.#failInitialization(INIT_FAILURES.connectFailed)
  }

  #failInitialization(failure: number): void {
    const { upstream } = this.streamInfo
    if (upstream !== undefined && failure !== INIT_FAILURES.noRoute) upstream.poolReady ??= this.dispatcher.now
    this.#closeDownstream('no-flush', `tcp_initializion_failure:${failure}`)
  }

  #startIdleClock(): void {
    const own = this.streamInfo.filterState.get(IDLE_TIMEOUT_STATE)?.serializeAsString()
    this.#idleTimeoutMs = own === undefined ? this.#shared.config.idleTimeoutMs : Number(own)
    if (this.#idleTimeoutMs > 0) this.#idle = new IdleClock(this, this.#idleTimeoutMs)
  }

  // ---------------------------------------------------------------------------------------------------- upstream

  onUpstreamData(data: ByteQueue, end: boolean): void {
    const { downstreamConnection } = this
    this.streamInfo.bytesSent += data.length
    for (let piece = data.shift(); piece !== undefined; piece = data.shift()) downstreamConnection.write(piece)
    if (end) downstreamConnection.endWrite()
    this.#idle?.touch()
    if (this.#shared.drainsNow) this.#drainClose()
  }

  onUpstreamClosed(event: ConnectionEvent): void {
    const upstream = this.#upstream
    this.#upstream = undefined
    this.#idle?.stop()
    const reset = event === 'remote-close' && upstream?.connection.closeReason === 'ECONNRESET'
    if (!reset) return this.#closeDownstream('flush-write', '')
    const { streamInfo } = this
    streamInfo.setFlag('UR')
    if (streamInfo.upstream !== undefined) streamInfo.upstream.detectedCloseType = 'RemoteReset'
    if (this.downstreamConnection.state === 'open') streamInfo.downstreamDetectedCloseType = 'LocalReset'
    this.#closeDownstream('abort-reset', '')
  }

  onUpstreamBackedUp(backedUp: boolean): void {
    const { stats } = this.#shared
    if (this.downstreamConnection.state !== 'open' || this.#downstreamBackedUp === backedUp) return
    this.#downstreamBackedUp = backedUp
    this.downstreamConnection.readDisable(backedUp)
    if (backedUp) stats.flowControlPausedReading.inc()
    else stats.flowControlResumedReading.inc()
  }

  // ----------------------------------------------------------------------------------------------------- the end

  onIdle(): void {
    this.#shared.stats.idleTimeout.inc()
    this.#closeDownstream('no-flush', 'tcp_session_idle_timeout')
  }

  #onMaxDuration(): void {
    this.streamInfo.setFlag('DT')
    this.#shared.stats.maxDuration.inc()
    this.#closeDownstream('no-flush', 'max_connection_duration_reached')
  }

  #drainClose(): void {
    if (this.downstreamConnection.state !== 'open') return
    this.#shared.stats.cxDrainClose.inc()
    this.#closeDownstream('flush-write', 'tcp_proxy_drain_close')
  }

  #shedClose(): void {
    this.#shared.stats.cxOverloadClose.inc()
    this.streamInfo.setFlag('OM')
    this.#closeDownstream('no-flush', 'overload_manager_close')
  }

  #closeDownstream(type: CloseType, reason: string): void {
    this.downstreamConnection.close(type, reason)
  }

  #stopTimers(): void {
    this.#idle?.stop()
    this.#durationTimer?.disable()
    this.#retryTimer?.disable()
  }
}
