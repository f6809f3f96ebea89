/** How a session comes to its upstream: cluster, host, connection or tunnel, and again when that fails. */
import type { BytesMeter } from '../../../../api/codec.ts'
import type { Timer } from '../../../../api/event.ts'
import type { Connection } from '../../../../api/network.ts'
import type { StreamInfo, UpstreamInfo } from '../../../../api/stream-info.ts'
import type {
  Cancellable,
  ClusterInfo,
  HashKey,
  Host,
  LoadBalancerContext,
  PoolFailure,
  ReadableConnection,
  TcpPoolCallbacks,
  ThreadCluster,
} from '../../../../api/upstream.ts'
import { describeAttempt } from '../../../../router/describe-attempt.ts'
import { failedUpstream } from '../../../../router/failed-upstream.ts'
import type { MetadataMatch } from '../../../../router/metadata-match.ts'
import { requestMetadataMatch } from '../../../../router/metadata-match.ts'
import { BackOff } from '../../../../config/back-off.ts'
import type { TcpRoute } from './cluster-choice.ts'
import { chooseRoute } from './cluster-choice.ts'
import { leaveProxyTlvs } from './proxy-protocol-tlvs.ts'
import type { ProxyShared } from './proxy-shared.ts'
import type { SessionUpstream, UpstreamOwner } from './session-upstream.ts'
import type { TunnelCallbacks } from './tunneling/tunnel.ts'
import { Tunnel } from './tunneling/tunnel.ts'
import { tunnelRequest } from './tunneling/tunnel-request.ts'
import { UpstreamSide } from './upstream-side.ts'

/** In the order of Envoy's UpstreamFailureReason, whose number is in the close reason. */
const INIT_FAILURES = { connectFailed: 0, noHealthyUpstream: 1, resourceLimitExceeded: 2, noRoute: 3 } as const

export interface AttemptsOwner extends UpstreamOwner {
  onUpstreamReady(upstream: SessionUpstream, cluster: ClusterInfo | undefined): void
  /** There will be no upstream. */
  onNoUpstream(failure: number): void
  /** Overload does not let one be asked for. */
  onShed(): void
}

export class UpstreamAttempts implements LoadBalancerContext, TcpPoolCallbacks, TunnelCallbacks {
  readonly downstreamConnection: Connection
  readonly streamInfo: StreamInfo
  readonly requestHeaders = undefined
  readonly hostSelectionRetryCount = 0
  readonly #shared: ProxyShared
  readonly #owner: AttemptsOwner
  #route: TcpRoute | undefined = undefined
  #cluster: ClusterInfo | undefined = undefined
  #pending: Cancellable | undefined = undefined
  #attemptedHosts: Host[] | undefined = undefined
  /** Of the last attempt that failed; a later success keeps it. */
  #transportFailure = ''
  #retryTimer: Timer | undefined = undefined
  #backOff: BackOff | undefined = undefined
  #leftTlvs = false
  #cancelled = false

  constructor(shared: ProxyShared, connection: Connection, owner: AttemptsOwner) {
    this.#shared = shared
    this.downstreamConnection = connection
    this.streamInfo = connection.streamInfo
    this.#owner = owner
  }

  get hash(): HashKey | undefined {
    return this.#shared.config.hash?.(this.streamInfo)
  }

  get metadataMatch(): MetadataMatch | undefined {
    return requestMetadataMatch(this.#route?.metadataMatch, this.streamInfo)
  }

  shouldSelectAnotherHost(): boolean {
    return false
  }

  /** Before the first attempt; each later one chooses anew. */
  chooseRoute(): void {
    this.#route = chooseRoute(this.#shared.config.clusters, this.streamInfo, this.#shared.context.random)
  }

  start(): void {
    if (this.#shared.shedConnect?.shouldShed() === true) return this.#owner.onShed()
    const { streamInfo } = this
    const cluster = this.#shared.context.clusters.get(this.#route?.clusterName ?? '')
    if (cluster === undefined) {
      this.#shared.stats.cxNoRoute.inc()
      streamInfo.setFlag('NC')
      return this.#owner.onNoUpstream(INIT_FAILURES.noRoute)
    }
    const { info } = cluster
    this.#cluster = info
    streamInfo.upstreamCluster = info
    if (!info.resources('default').connections.canCreate()) {
      streamInfo.setFlag('UO')
      info.scope.counter('upstream_cx_overflow').inc()
      return this.#failInitialization(INIT_FAILURES.resourceLimitExceeded)
    }
    this.#leaveTlvs()
    const pick = cluster.chooseHost(this)
    // As Envoy, which does not wait for a host here; whoever comes later finds it.
    if (pick.kind === 'later') pick.cancel()
    if (pick.kind !== 'host' || !this.#ask(cluster, pick.host)) {
      streamInfo.setFlag('UH')
      return this.#failInitialization(INIT_FAILURES.noHealthyUpstream)
    }
  }

  /** The downstream connection is over. */
  cancel(): void {
    this.#cancelled = true
    this.#retryTimer?.disable()
    const pending = this.#pending
    this.#pending = undefined
    pending?.cancel()
  }

  // ------------------------------------------------------------------------------------------------- plain connections

  onPoolReady(connection: ReadableConnection, upstream: UpstreamInfo): void {
    this.#onReady(new UpstreamSide(connection, this.#shared, this.#owner), upstream)
  }

  onPoolFailure(reason: PoolFailure, transportFailureReason: string, host: Host | undefined): void {
    // As Envoy: a host is one of those that were attempted, also where the limits did not let it be asked.
    this.#onFailure(reason, transportFailureReason, reason === 'overflow' ? undefined : host)
  }

  // ----------------------------------------------------------------------------------------------------------- tunnels

  onTunnelReady(tunnel: Tunnel, upstream: UpstreamInfo): void {
    this.#onReady(tunnel, upstream)
  }

  onTunnelFailure(reason: PoolFailure, transportFailure: string, host: Host | undefined, meter?: BytesMeter): void {
    this.#onFailure(reason, transportFailure, host, meter)
  }

  // ---------------------------------------------------------------------------------------------------------- attempts

  /** False: the host's cluster may have no more pools. */
  #ask(cluster: ThreadCluster, host: Host): boolean {
    this.#noteHost(host)
    const tunneling = this.#shared.tunnelingOf(this.streamInfo)
    if (tunneling === undefined) {
      this.streamInfo.attemptCount++
      this.#pending = cluster.tcpPool(host, 'default', this).newConnection(this, 'close')
      return true
    }
    const pool = cluster.httpPool(host, 'default', this)
    if (pool === undefined) {
      this.#describe(failedUpstream(undefined, ''))
      return false
    }
    this.streamInfo.attemptCount++
    const request = tunnelRequest(tunneling, this.streamInfo, this.#shared.context.random)
    const { filterState } = this.streamInfo
    const tunnel = new Tunnel({ config: tunneling, request, filterState, owner: this.#owner }, this)
    this.#pending = tunnel
    tunnel.start(pool)
    return true
  }

  #onReady(upstream: SessionUpstream, info: UpstreamInfo): void {
    this.#pending = undefined
    if (this.#transportFailure !== '') info.transportFailureReason = this.#transportFailure
    this.#describe(info)
    info.host?.monitor?.localOrigin('connected-final')
    this.#owner.onUpstreamReady(upstream, this.#cluster)
  }

  #onFailure(reason: PoolFailure, transportFailure: string, host: Host | undefined, meter?: BytesMeter): void {
    this.#pending = undefined
    this.#transportFailure = transportFailure
    const info = failedUpstream(host, transportFailure)
    info.meter = meter
    this.#describe(info)
    // As Envoy: what failed at our own end has no flag.
    if (reason === 'remote-connection-failure' || reason === 'timeout') {
      this.streamInfo.setFlag('UF')
      host?.monitor?.localOrigin(reason === 'timeout' ? 'timeout' : 'failed')
    }
    if (!this.#cancelled) this.#tryAgain()
  }

  #tryAgain(): void {
    const { maxConnectAttempts, backOff } = this.#shared.config
    if (this.streamInfo.attemptCount >= maxConnectAttempts) {
      this.streamInfo.setFlag('URX')
      this.#cluster?.scope.counter('upstream_cx_connect_attempts_exceeded').inc()
      return this.#failInitialization(INIT_FAILURES.connectFailed)
    }
    const { dispatcher } = this.downstreamConnection
    // Not at once: a pool may be in the middle of telling of its failure.
    if (backOff === undefined) return dispatcher.post(() => this.#startAnew())
    this.#backOff ??= new BackOff(backOff, this.#shared.context.random)
    this.#retryTimer ??= dispatcher.timer(() => this.#startAnew())
    this.#retryTimer.enable(this.#backOff.nextMs())
  }

  #startAnew(): void {
    if (this.#cancelled) return
    this.chooseRoute()
    this.start()
  }

  #noteHost(host: Host): void {
    const hosts = (this.#attemptedHosts ??= [])
    hosts.push(host)
    const { upstream } = this.streamInfo
    if (upstream !== undefined) upstream.attemptedHosts = hosts
  }

  #describe(upstream: UpstreamInfo): void {
    upstream.poolReady = this.downstreamConnection.dispatcher.now
    upstream.attemptedHosts = this.#attemptedHosts
    describeAttempt(this.streamInfo, upstream)
  }

  #leaveTlvs(): void {
    const { proxyTlvs } = this.#shared.config
    if (proxyTlvs === undefined || this.#leftTlvs) return
    this.#leftTlvs = true
    leaveProxyTlvs(proxyTlvs, this.downstreamConnection)
  }

  #failInitialization(failure: number): void {
    const { upstream } = this.streamInfo
    if (upstream !== undefined) upstream.poolReady ??= this.downstreamConnection.dispatcher.now
    this.#owner.onNoUpstream(failure)
  }
}
