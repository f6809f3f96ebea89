/**
 * The health of a cluster's hosts: the flags held against them, and those who raise and lower them, which are active health
 * checks and outlier detection.
 */
import type { AccessLogFile, AccessLogFiles } from '../../api/access-log.ts'
import type { Dispatcher, Random } from '../../api/event.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Scope } from '../../api/stats.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { ClusterConfig } from '../cluster-config.ts'
import { healthCheckAddress } from '../health-check/host-health-check.ts'
import type { HealthCheckConfig } from '../health-check/health-check-config.ts'
import type { ClusterChecker } from '../health-check/health-checker.ts'
import { HealthChecker } from '../health-check/health-checker.ts'
import { MultiHealthChecker } from '../health-check/multi-health-checker.ts'
import type { CheckResult, HealthTransition } from '../health-check/health-check-session.ts'
import type { FlagStore } from '../health-flags.ts'
import { HEALTH_FLAG } from '../health-flags.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { http1ClientSettings } from '../config/http1-client-settings.ts'
import type { HostReportKind } from '../outlier-detection/host-monitor.ts'
import type { HostDifference } from './host-difference.ts'
import { OutlierDetector } from '../outlier-detection/outlier-detector.ts'
import { OutlierEventLog } from '../outlier-detection/outlier-event-log.ts'
import type { SocketLabels, TransportConfig } from '../transport/transport-config.ts'
import type { Transports } from '../transport/transports.ts'
import type { Connect } from '../pool/upstream-connection.ts'
import { HOST } from '../shared-layout.ts'

export interface ClusterHealthDeps {
  readonly dispatcher: Dispatcher
  readonly runtime: Runtime
  readonly random: Random
  /** `cluster.<name>.` */
  readonly scope: Scope
  readonly connect: Connect
  readonly transports?: ((config: TransportConfig, scope: Scope) => Transports) | undefined
  /** A check has chosen its socket by this metadata. */
  onSocketMatched?(labels: SocketLabels): void
  readonly files: AccessLogFiles
  /** Of all clusters' ejections. */
  readonly outlierLog: AccessLogFile | undefined
  /** Flags have changed that balancing looks at. */
  onChanged(): void
  /** The host must not be used now; its connections may be the reason. */
  onFailed(host: HostDescription): void
  /** Discovery had dropped it, and now its checks fail as well. */
  onAbandoned(host: HostDescription): void
}

export class ClusterHealth {
  readonly detector: OutlierDetector | undefined
  readonly #config: ClusterConfig
  readonly #deps: ClusterHealthDeps
  readonly #checker: ClusterChecker | undefined
  readonly #flags = new Map<number, number>()
  #hosts: readonly HostDescription[] = []
  #hadTraffic = false
  /** Checks that the cluster's start waits for; undefined before somebody asks. */
  #awaitedChecks: number | undefined = undefined
  #onWarm: () => void = () => undefined

  constructor(config: ClusterConfig, deps: ClusterHealthDeps) {
    this.#config = config
    this.#deps = deps
    this.#checker = this.#createChecker()
    this.detector = this.#createDetector()
    this.#checker?.addListener((host, transition, result) => this.#onChecked(host, transition, result))
  }

  /** `HEALTH_FLAG`s. */
  flagsOf = (hostId: number): number => this.#flags.get(hostId) ?? 0

  /** By number of the host; those that have none are not in it. */
  get flags(): ReadonlyMap<number, number> {
    return this.#flags
  }

  /** What is there to stay of those that discovery has dropped: hosts whose checks pass. */
  stillPassing(before: readonly HostDescription[], now: readonly HostDescription[]): readonly HostDescription[] {
    const { ignoreHealthOnHostRemoval, discovery } = this.#config
    if (this.#checker === undefined || ignoreHealthOnHostRemoval) return NONE
    if (discovery !== 'EDS' && discovery !== 'STRICT_DNS') return NONE
    const texts = new Set(now.map(({ address }) => address.text))
    const ids = new Set(now.map(({ id }) => id))
    const passing = before.filter(
      (host) =>
        !ids.has(host.id) &&
        !texts.has(host.address.text) &&
        host.healthCheck?.disabled !== true &&
        (this.flagsOf(host.id) & HEALTH_FLAG.failedActiveHc) === 0,
    )
    for (const host of passing) this.#store(host).set(HEALTH_FLAG.pendingDynamicRemoval, true)
    for (const { id } of now) this.#change(id, HEALTH_FLAG.pendingDynamicRemoval, false)
    return passing
  }

  /** Flags of new hosts; those of old ones go. Before anybody looks at the new list. */
  announceHosts(hosts: readonly HostDescription[], { added, removed }: HostDifference): void {
    if (this.#checker !== undefined) this.#beginAll(added)
    this.#hosts = hosts
    // Those who watch them still look at the flags of hosts that go.
    this.#checker?.setHosts(hosts)
    this.detector?.setHosts(hosts)
    for (const { id } of removed) this.#flags.delete(id)
  }

  #beginAll(added: readonly HostDescription[]): void {
    this.#noteTraffic()
    const atAddress = new Map(added.length === 0 ? [] : this.#hosts.map((host) => [host.address.text, host]))
    for (const host of added) this.#begin(host, atAddress.get(host.address.text))
  }

  /** Calls back once each host has been checked. Later calls do not count. */
  whenWarm(callback: () => void): void {
    if (this.#awaitedChecks !== undefined) {
      if (this.#awaitedChecks === 0) callback()
      return
    }
    const checked = this.#hosts.filter(({ healthCheck }) => healthCheck?.disabled !== true)
    this.#awaitedChecks = this.#checker === undefined ? 0 : checked.length
    this.#onWarm = callback
    if (this.#awaitedChecks === 0) callback()
  }

  report(hostId: number, kind: HostReportKind): void {
    if (kind === 'degraded') return this.detector?.onDegraded(hostId)
    if (kind !== 'immediate_failure') return this.detector?.onConsecutive(hostId, kind)
    const host = this.#hosts.find(({ id }) => id === hostId)
    if (host === undefined || host.healthCheck?.disabled === true) return
    this.#change(hostId, HEALTH_FLAG.excludedViaImmediateHcFail, true)
    this.#checker?.failPassively(hostId)
  }

  close(): void {
    this.#checker?.close()
    this.detector?.close()
  }

  /** `before`: another host that was there; what checks of it said holds for the new one until it is checked itself. */
  #begin(host: HostDescription, before: HostDescription | undefined): void {
    const { id, healthCheck } = host
    if (this.#checker === undefined || healthCheck?.disabled === true) return
    const { discovery, commonLb } = this.#config
    // Its request is there already, and does not wait for a check.
    if (discovery === 'ORIGINAL_DST') return
    const waits = commonLb.ignoreNewHostsUntilFirstHc && (discovery === 'EDS' || discovery === 'STRICT_DNS')
    const isHeir = before !== undefined && healthCheckAddress(before).text === healthCheckAddress(host).text
    const flags = isHeir ? this.flagsOf(before.id) & OF_ACTIVE_CHECKS : HEALTH_FLAG.failedActiveHc
    this.#flags.set(id, flags | (waits ? HEALTH_FLAG.pendingActiveHc : 0))
  }

  #onChecked(host: HostDescription, transition: HealthTransition, result: CheckResult): void {
    const failed = (this.flagsOf(host.id) & HEALTH_FLAG.failedActiveHc) !== 0
    if (transition === 'changed') {
      const dropped = (this.flagsOf(host.id) & HEALTH_FLAG.pendingDynamicRemoval) !== 0
      if (failed && dropped && this.#config.discovery === 'EDS') this.#deps.onAbandoned(host)
      else this.#deps.onChanged()
    }
    this.#countAwaited()
    if (result === 'healthy' && !failed) this.detector?.onHealthCheckPassed(host)
    if (transition === 'changed' && failed) this.#deps.onFailed(host)
  }

  #countAwaited(): void {
    if (this.#awaitedChecks === undefined || this.#awaitedChecks === 0) return
    if (--this.#awaitedChecks === 0) this.#onWarm()
  }

  #noteTraffic(): void {
    this.#hadTraffic ||= this.#hosts.some(({ counters }) => new SharedCounters(counters).get(HOST.cxTotal) !== 0)
  }

  #store({ id }: HostDescription): FlagStore {
    return {
      get: (flag) => (this.flagsOf(id) & flag) !== 0,
      set: (flag, on) => this.#change(id, flag, on),
    }
  }

  #change(id: number, flag: number, on: boolean): void {
    const before = this.flagsOf(id)
    const after = on ? before | flag : before & ~flag
    if (after === 0) this.#flags.delete(id)
    else this.#flags.set(id, after)
  }

  #createChecker(): ClusterChecker | undefined {
    const { healthChecks } = this.#config
    const [only, ...others] = healthChecks
    if (only === undefined) return undefined
    const flags = (host: HostDescription) => this.#store(host)
    if (others.length === 0) return this.#createOneChecker(only, flags)
    const { scope } = this.#deps
    return new MultiHealthChecker(healthChecks.length, { scope, flags }, (check, own) =>
      // It asks for each of them.
      this.#createOneChecker(healthChecks[check]!, own),
    )
  }

  #createOneChecker(check: HealthCheckConfig, flags: (host: HostDescription) => FlagStore): HealthChecker {
    const config = this.#config
    const { dispatcher, runtime, random, scope, connect, files } = this.#deps
    const { transport } = config
    const transports = transport.message && this.#deps.transports?.(transport, scope)
    return new HealthChecker(check, {
      clusterName: config.name,
      dispatcher,
      runtime,
      random,
      scope,
      connect,
      transports,
      onSocketMatched: (labels) => this.#deps.onSocketMatched?.(labels),
      sourceAddresses: config.socket.sourceAddresses,
      socketOptions: config.socket.options,
      bufferLimitBytes: config.perConnectionBufferLimitBytes,
      codec: http1ClientSettings(config.http),
      connectTimeoutMs: config.connectTimeoutMs,
      redisAuth: config.redisAuth,
      eventFiles: check.eventLogs.flatMap((path) => opened(files.open(path)) ?? []),
      flags,
      hadTraffic: () => {
        if (!this.#hadTraffic) this.#noteTraffic()
        return this.#hadTraffic
      },
    })
  }

  #createDetector(): OutlierDetector | undefined {
    const { name, outlierDetection } = this.#config
    if (outlierDetection === undefined) return undefined
    const { dispatcher, runtime, random, scope, outlierLog } = this.#deps
    return new OutlierDetector(outlierDetection, {
      dispatcher,
      runtime,
      random,
      scope,
      log: outlierLog && new OutlierEventLog(name, outlierLog, dispatcher),
      flags: (host) => this.#store(host),
      onChanged: (host, ejected) => {
        this.#deps.onChanged()
        if (ejected) this.#deps.onFailed(host)
      },
    })
  }
}

const NONE: readonly HostDescription[] = []
const OF_ACTIVE_CHECKS =
  HEALTH_FLAG.failedActiveHc | HEALTH_FLAG.degradedActiveHc | HEALTH_FLAG.pendingActiveHc | HEALTH_FLAG.activeHcTimeout

/** It could be opened when the configuration was proved. */
function opened(file: ReturnType<AccessLogFiles['open']>): AccessLogFile | undefined {
  return 'error' in file ? undefined : file
}
