/**
 * Active health checks of one cluster, on the main thread (Envoy docs: intro/arch_overview/upstream/health_checking): a
 * session for each host that has not asked to be left alone.
 */
import type { AccessLogFile } from '../../api/access-log.ts'
import type { Dispatcher, Random } from '../../api/event.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Scope } from '../../api/stats.ts'
import type { Http1ClientSettings } from '../../codec/http1/settings.ts'
import type { SocketOption } from '../../network/socket-options.ts'
import type { Message } from '../../api/config.ts'
import type { Address, IpAddress } from '../../api/network.ts'
import type { FlagStore } from '../health-flags.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { RedisAuth } from '../config/redis-auth.ts'
import { connectThrough } from '../transport/connect-through.ts'
import type { SocketLabels } from '../transport/transport-config.ts'
import type { Transports } from '../transport/transports.ts'
import type { Connect } from '../pool/upstream-connection.ts'
import { sourceAddressFor } from '../source-address.ts'
import type { CreateProbe } from './custom-health-check.ts'
import { HealthCheckEventLog } from './health-check-event-log.ts'
import type { HealthCheckConfig } from './health-check-config.ts'
import type { CheckResult, HealthTransition } from './health-check-session.ts'
import { HealthCheckSession } from './health-check-session.ts'
import type { HealthCheckStats } from './health-check-stats.ts'
import { createHealthCheckStats } from './health-check-stats.ts'
import { healthCheckAddress } from './host-health-check.ts'
import { HttpProbe } from './http-probe.ts'
import type { Probe, ProbeResults } from './probe.ts'
import { TcpProbe } from './tcp-probe.ts'

export interface HealthCheckerDeps {
  readonly clusterName: string
  readonly dispatcher: Dispatcher
  readonly runtime: Runtime
  readonly random: Random
  /** `cluster.<name>.` */
  readonly scope: Scope
  readonly connect: Connect
  /** undefined: bytes pass as they are. */
  readonly transports?: Transports | undefined
  /** A connection has the socket of this metadata, not that of its host. */
  onSocketMatched?(labels: SocketLabels): void
  readonly sourceAddresses: readonly IpAddress[]
  readonly socketOptions: readonly SocketOption[]
  readonly bufferLimitBytes: number
  readonly codec: Http1ClientSettings
  readonly connectTimeoutMs: number
  readonly redisAuth: RedisAuth
  /** Opened when the configuration was proved. */
  readonly eventFiles: readonly AccessLogFile[]
  flags(host: HostDescription): FlagStore
  /** Whether the cluster has ever had a connection. */
  hadTraffic(): boolean
}

export type CheckListener = (host: HostDescription, transition: HealthTransition, result: CheckResult) => void

/** The active health checks of a cluster, one or several. */
export interface ClusterChecker {
  /** Called after each check of a host; once for a host that goes before it was checked. */
  addListener(listener: CheckListener): void
  /** The hosts of the cluster, after each change. */
  setHosts(hosts: readonly HostDescription[]): void
  /** A response said that this host is to be taken out at once. */
  failPassively(hostId: number): void
  close(): void
}

/** What a session needs of the checker it belongs to. */
export interface HealthCheckSessionOwner {
  readonly dispatcher: Dispatcher
  readonly stats: HealthCheckStats
  readonly config: HealthCheckConfig
  /** Undefined: events go nowhere. */
  readonly log: HealthCheckEventLog | undefined
  createProbe(host: HostDescription, results: ProbeResults): Probe
  /** ms before the first check of a host. */
  initialDelayMs(): number
  intervalMs(result: CheckResult, transition: HealthTransition): number
  onChecked: CheckListener
}

const NO_LIMIT = Number.MAX_SAFE_INTEGER

export class HealthChecker implements ClusterChecker, HealthCheckSessionOwner {
  readonly config: HealthCheckConfig
  readonly dispatcher: Dispatcher
  readonly stats: HealthCheckStats
  readonly log: HealthCheckEventLog | undefined
  readonly #deps: HealthCheckerDeps
  readonly #sessions = new Map<number, HealthCheckSession>()
  /** Of a check that is an extension. */
  readonly #createCustom: CreateProbe | undefined
  #listeners: CheckListener[] = []

  constructor(config: HealthCheckConfig, deps: HealthCheckerDeps) {
    const { dispatcher, scope, clusterName, eventFiles } = deps
    this.config = config
    this.dispatcher = dispatcher
    this.stats = createHealthCheckStats(scope, config.name)
    this.#deps = deps
    const { check } = config
    if (check.kind === 'custom') this.#createCustom = check.start({ ...deps, reuseConnection: config.reuseConnection })
    if (eventFiles.length === 0) return
    const checkerType = check.kind === 'http' ? 'HTTP' : check.kind === 'tcp' ? 'TCP' : check.checkerType
    this.log = new HealthCheckEventLog({
      clusterName,
      checkerType,
      files: eventFiles,
      clock: dispatcher,
    })
  }

  addListener(listener: CheckListener): void {
    this.#listeners.push(listener)
  }

  setHosts(hosts: readonly HostDescription[]): void {
    const staying = new Set(hosts.map(({ id }) => id))
    for (const [id, session] of this.#sessions) {
      if (staying.has(id)) continue
      this.#sessions.delete(id)
      session.close()
    }
    for (const host of hosts) {
      if (host.healthCheck?.disabled === true) continue
      const session = this.#sessions.get(host.id)
      if (session !== undefined) session.host = host
      else this.#add(host)
    }
  }

  failPassively(hostId: number): void {
    this.#sessions.get(hostId)?.failPassively()
  }

  close(): void {
    this.#listeners = []
    for (const session of this.#sessions.values()) session.close()
    this.#sessions.clear()
  }

  #add(host: HostDescription): void {
    const session = new HealthCheckSession(this, host, this.#deps.flags(host))
    this.#sessions.set(host.id, session)
    session.start()
  }

  // ------------------------------------------------------------------------------------------------- for sessions

  createProbe(host: HostDescription, results: ProbeResults): Probe {
    const { check, reuseConnection } = this.config
    const connect = () => this.#connect(host)
    if (check.kind === 'tcp') return new TcpProbe(check, { connect, reuseConnection, results })
    if (check.kind === 'custom') return this.#createCustomProbe(host, results)
    const { runtime, random, scope, codec, clusterName, dispatcher } = this.#deps
    return new HttpProbe(check, {
      host,
      clusterName,
      connect,
      reuseConnection,
      results,
      codec,
      scope,
      dispatcher,
      verifiesService: () => runtime.current.featureEnabled('health_check.verify_cluster', 100, random.u32()),
      onServiceVerified: () => this.stats.verify_cluster.inc(),
    })
  }

  #createCustomProbe(description: HostDescription, results: ProbeResults): Probe {
    const { sourceAddresses, socketOptions } = this.#deps
    const address = healthCheckAddress(description)
    // Whoever makes probes of such a check was asked for it by the constructor.
    return this.#createCustom!({
      description,
      results,
      address,
      sourceAddress: sourceAddressFor(address, sourceAddresses),
      socketOptions,
      connect: () => this.#connect(description),
      connectForTraffic: () => this.#connectTo(description, description.address, description.metadata),
    })
  }

  initialDelayMs(): number {
    const { initialJitterMs } = this.config
    return initialJitterMs === 0 ? 0 : this.#withJitter(0, initialJitterMs)
  }

  intervalMs(result: CheckResult, transition: HealthTransition): number {
    return this.#withJitter(this.#baseIntervalMs(result, transition), this.config.intervalJitterMs)
  }

  onChecked: CheckListener = (host, transition, result) => {
    for (const listener of this.#listeners) listener(host, transition, result)
  }

  #baseIntervalMs(result: CheckResult, transition: HealthTransition): number {
    const { intervals } = this.config
    const pending = transition === 'change-pending'
    if (!this.#deps.hadTraffic()) {
      return result === 'healthy' && !pending ? intervals.noTrafficHealthyMs : intervals.noTrafficMs
    }
    if (result === 'healthy') return pending ? intervals.healthyEdgeMs : intervals.healthyMs
    return pending ? intervals.unhealthyEdgeMs : intervals.unhealthyMs
  }

  #withJitter(baseMs: number, jitterMs: number): number {
    const { random, runtime } = this.#deps
    const share = Math.floor((this.config.intervalJitterPercent * baseMs) / 100)
    let ms = baseMs
    if (share > 0) ms += random.u32() % share
    if (jitterMs > 0) ms += random.u32() % jitterMs
    const least = runtime.current.integer('health_check.min_interval', 0)
    const most = runtime.current.integer('health_check.max_interval', NO_LIMIT)
    return Math.max(1, Math.min(ms, most), least)
  }

  #connect(host: HostDescription): ReturnType<Connect> {
    const { socketLabels } = this.config
    const { localityMetadata } = host
    const metadata = socketLabels ?? host.metadata
    // Chosen anew for each connection, and counted like that.
    if (socketLabels !== undefined) this.#deps.onSocketMatched?.({ metadata, localityMetadata })
    return this.#connectTo(host, healthCheckAddress(host), metadata)
  }

  /** By the socket that `metadata` matches. */
  #connectTo(host: HostDescription, to: Address, metadata: Message | undefined): ReturnType<Connect> {
    const { dispatcher, connect, transports, sourceAddresses, socketOptions, bufferLimitBytes } = this.#deps
    const sockets = transports?.of(host, metadata, host.localityMetadata)
    const address = sockets?.proxyFor?.(undefined)?.address ?? to
    const connection = connect(dispatcher, {
      address,
      sourceAddress: sourceAddressFor(address, sourceAddresses),
      socketOptions,
      bufferLimit: bufferLimitBytes,
    })
    return connectThrough(connection, sockets?.for(undefined))
  }
}
