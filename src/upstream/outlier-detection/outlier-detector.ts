/**
 * Takes hosts out that fail more than others, for a while (Envoy docs: intro/arch_overview/upstream/outlier). One for a
 * cluster, on the main thread: workers report rows of failures, rates are compared once an interval.
 */
import type { Dispatcher, Random, Timer } from '../../api/event.ts'
import type { Runtime } from '../../api/runtime.ts'
import type { Scope } from '../../api/stats.ts'
import type { FlagStore } from '../health-flags.ts'
import { HEALTH_FLAG } from '../health-flags.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type {
  ConsecutiveKind,
  EjectionKind,
  OutlierDetectionConfig,
  OutlierThresholds,
} from './outlier-detection-config.ts'
import type { OutlierEventLog } from './outlier-event-log.ts'
import type { OriginResults } from './outlier-host.ts'
import { OutlierHost } from './outlier-host.ts'
import { OutlierStats } from './outlier-stats.ts'
import type { SuccessRates } from './success-rates.ts'
import { NO_SUCCESS_RATES, successRates } from './success-rates.ts'

export interface OutlierDetectorDeps {
  readonly dispatcher: Dispatcher
  readonly runtime: Runtime
  readonly random: Random
  /** `cluster.<name>.` */
  readonly scope: Scope
  /** Undefined: events go nowhere. */
  readonly log: OutlierEventLog | undefined
  flags(host: HostDescription): FlagStore
  /** The host was taken out (true) or put back. */
  onChanged(host: HostDescription, ejected: boolean): void
}

type Origin = 'external' | 'local'

const KINDS = {
  external: { rate: 'success_rate', percentage: 'failure_percentage' },
  local: { rate: 'local_origin_success_rate', percentage: 'failure_percentage_local_origin' },
} as const

const RUNTIME = 'outlier_detection.'

export class OutlierDetector {
  readonly #config: OutlierDetectionConfig
  readonly #deps: OutlierDetectorDeps
  readonly #stats: OutlierStats
  readonly #hosts = new Map<number, OutlierHost>()
  readonly #timer: Timer
  /** Not the gauge: while a cluster is replaced, two detectors count there. */
  #ejected = 0
  #rates: Record<Origin, SuccessRates> = { external: NO_SUCCESS_RATES, local: NO_SUCCESS_RATES }

  constructor(config: OutlierDetectionConfig, deps: OutlierDetectorDeps) {
    this.#config = config
    this.#deps = deps
    this.#stats = new OutlierStats(deps.scope)
    this.#timer = deps.dispatcher.timer(() => this.#onInterval())
    this.#timer.enable(this.#intervalMs)
  }

  /** For /clusters. */
  get rates(): Readonly<Record<Origin, SuccessRates>> {
    return this.#rates
  }

  /** In percent; -1 where there is none. */
  successRateOf(hostId: number, origin: Origin): number {
    return this.#hosts.get(hostId)?.[origin].successRate ?? -1
  }

  /** The hosts of the cluster, after each change. */
  setHosts(hosts: readonly HostDescription[]): void {
    const staying = new Set(hosts.map(({ id }) => id))
    for (const [id, known] of this.#hosts) {
      if (staying.has(id)) continue
      if (this.#isEjected(known)) this.#countEjected(-1)
      this.#hosts.delete(id)
    }
    for (const host of hosts) {
      const known = this.#hosts.get(host.id)
      if (known === undefined) this.#hosts.set(host.id, new OutlierHost(host))
      else known.host = host
    }
  }

  /** A worker saw as many failures in a row as are allowed. */
  onConsecutive(hostId: number, kind: ConsecutiveKind): void {
    const host = this.#hosts.get(hostId)
    if (host === undefined || this.#isEjected(host)) return
    this.#stats.detected[kind].inc()
    this.#eject(host, kind)
    if (kind === 'consecutive_5xx') this.#stats.consecutive5xx.inc()
    host.reset(kind)
  }

  /** A response of the host said that it is degraded. */
  onDegraded(hostId: number): void {
    const host = this.#hosts.get(hostId)
    if (host === undefined || this.#isDegraded(host)) return
    const { log, dispatcher } = this.#deps
    const { degradation } = host
    this.#stats.detectedDegradation.inc()
    this.#flags(host).set(HEALTH_FLAG.degradedOutlierDetection, true)
    degradation.since = dispatcher.now
    degradation.jitterMs = this.#jitterMs()
    degradation.backoff = this.#raised(degradation.backoff)
    this.#deps.onChanged(host.host, false)
    log?.degrade(host)
  }

  /** Its active health check passed, which is proof enough. */
  onHealthCheckPassed(host: HostDescription): void {
    const known = this.#hosts.get(host.id)
    if (!this.#config.unejectOnHealthCheck || known === undefined || !this.#isEjected(known)) return
    this.#uneject(known)
  }

  close(): void {
    this.#timer.disable()
    for (const host of this.#hosts.values()) if (this.#isEjected(host)) this.#countEjected(-1)
    this.#hosts.clear()
  }

  // ---------------------------------------------------------------------------------------------- ejection

  #eject(host: OutlierHost, kind: EjectionKind): void {
    if (!this.#mayEject()) return this.#stats.overflow.inc()
    if (kind === 'consecutive_5xx' || kind === 'success_rate') this.#stats.total.inc()
    const { log, dispatcher } = this.#deps
    const rates = kind === 'success_rate' ? this.#rates.external : this.#rates.local
    if (!this.#isEnforced(kind)) return log?.eject(host, kind, false, rates)
    // Both measures of an interval may find the same host.
    if (this.#isEjected(host)) return
    this.#countEjected(1)
    this.#stats.enforcedTotal.inc()
    this.#stats.enforced[kind].inc()
    this.#flags(host).set(HEALTH_FLAG.failedOutlierCheck, true)
    host.ejections++
    host.lastEjection = dispatcher.now
    host.jitterMs = this.#jitterMs()
    host.backoff = this.#raised(host.backoff)
    this.#deps.onChanged(host.host, true)
    log?.eject(host, kind, true, rates)
  }

  #uneject(host: OutlierHost): void {
    const { log, dispatcher } = this.#deps
    this.#countEjected(-1)
    this.#flags(host).set(HEALTH_FLAG.failedOutlierCheck, false)
    // A row that stands near its end would take the host out again at once.
    host.resetAll()
    host.lastUnejection = dispatcher.now
    this.#deps.onChanged(host.host, false)
    log?.uneject(host)
  }

  #endDegradation(host: OutlierHost): void {
    const { log, dispatcher } = this.#deps
    this.#flags(host).set(HEALTH_FLAG.degradedOutlierDetection, false)
    host.degradation.until = dispatcher.now
    host.forgetDegraded()
    this.#deps.onChanged(host.host, false)
    log?.uneject(host)
  }

  /** No more than what takes the longest time. */
  #raised(backoff: number): number {
    const { baseMs, maxMs } = this.#ejectionTimes()
    return backoff * baseMs < maxMs + baseMs ? backoff + 1 : backoff
  }

  #countEjected(change: 1 | -1): void {
    this.#ejected += change
    if (change > 0) this.#stats.active.inc()
    else this.#stats.active.dec()
  }

  #mayEject(): boolean {
    const active = this.#ejected
    if (this.#config.alwaysEjectOneHost && active === 0) return true
    const most = Math.min(100, this.#integer('max_ejection_percent', this.#config.maxEjectionPercent))
    return (100 * (active + 1)) / this.#hosts.size <= most
  }

  #isEnforced(kind: EjectionKind): boolean {
    const { runtime, random } = this.#deps
    const key = `${RUNTIME}enforcing_${kind}`
    return runtime.current.featureEnabled(key, this.#config.enforcing[kind], random.u32())
  }

  #ejectionTimes(): { readonly baseMs: number; readonly maxMs: number } {
    return {
      baseMs: this.#integer('base_ejection_time_ms', this.#config.baseEjectionTimeMs),
      maxMs: this.#integer('max_ejection_time_ms', this.#config.maxEjectionTimeMs),
    }
  }

  #jitterMs(): number {
    const most = this.#integer('max_ejection_time_jitter_ms', this.#config.maxEjectionTimeJitterMs)
    return this.#deps.random.u32() % (Math.floor(most) + 1)
  }

  // ---------------------------------------------------------------------------------------------- interval

  #onInterval(): void {
    const { now } = this.#deps.dispatcher
    for (const host of this.#hosts.values()) {
      if (this.#isEjected(host) && this.#hasServed(host.backoff, host.jitterMs, host.lastEjection ?? 0)) {
        this.#uneject(host)
      }
      const { degradation } = host
      if (this.#isDegraded(host) && this.#hasServed(degradation.backoff, degradation.jitterMs, degradation.since)) {
        this.#endDegradation(host)
      }
      host.external.turn()
      host.local.turn()
    }
    this.#compare('external')
    this.#compare('local')
    for (const host of this.#hosts.values()) this.#forgive(host, now)
    this.#timer.enable(this.#intervalMs)
  }

  #hasServed(backoff: number, jitterMs: number, since: number): boolean {
    const { baseMs, maxMs } = this.#ejectionTimes()
    return Math.min(baseMs * backoff, maxMs) + jitterMs <= this.#deps.dispatcher.now - since
  }

  #forgive(host: OutlierHost, now: number): void {
    const { degradation } = host
    const { until = Infinity } = degradation
    if (!this.#isDegraded(host) && now - until >= this.#intervalMs && degradation.backoff > 0) degradation.backoff--
    if (this.#isEjected(host) || host.lastUnejection === undefined) return
    if (now - host.lastUnejection >= this.#intervalMs && host.backoff > 0) host.backoff--
  }

  #compare(origin: Origin): void {
    this.#rates = { ...this.#rates, [origin]: NO_SUCCESS_RATES }
    const rateHosts = this.#threshold('success_rate_minimum_hosts', 'successRateMinimumHosts')
    const rateVolume = this.#threshold('success_rate_request_volume', 'successRateRequestVolume')
    const percentageHosts = this.#threshold('failure_percentage_minimum_hosts', 'failurePercentageMinimumHosts')
    const percentageVolume = this.#threshold('failure_percentage_request_volume', 'failurePercentageRequestVolume')
    if (this.#hosts.size < rateHosts && this.#hosts.size < percentageHosts) return
    const candidates = [...this.#hosts.values()].filter((host) => !this.#isEjected(host) && host[origin].volume > 0)
    for (const host of candidates) {
      const results = host[origin]
      if (results.volume >= Math.min(rateVolume, percentageVolume)) results.successRate = results.rate
    }
    const withVolume = (least: number) => candidates.filter((host) => host[origin].volume >= least)
    // Both lists before the first ejection.
    const byRate = withVolume(rateVolume)
    const byPercentage = withVolume(percentageVolume)
    if (byRate.length > 0 && byRate.length >= rateHosts) this.#compareRates(origin, byRate)
    if (byPercentage.length > 0 && byPercentage.length >= percentageHosts)
      this.#comparePercentages(origin, byPercentage)
  }

  #compareRates(origin: Origin, hosts: readonly OutlierHost[]): void {
    const factor = this.#threshold('success_rate_stdev_factor', 'successRateStdevFactor') / 1000
    const rates = successRates(
      hosts.map((host) => host[origin].rate),
      factor,
    )
    this.#rates = { ...this.#rates, [origin]: rates }
    for (const host of hosts) {
      if (host[origin].rate >= rates.threshold) continue
      this.#stats.successRate.inc()
      this.#detect(host, KINDS[origin].rate)
    }
  }

  #comparePercentages(origin: Origin, hosts: readonly OutlierHost[]): void {
    const most = this.#threshold('failure_percentage_threshold', 'failurePercentageThreshold')
    for (const host of hosts) {
      if (failurePercentage(host[origin]) >= most) this.#detect(host, KINDS[origin].percentage)
    }
  }

  #detect(host: OutlierHost, kind: EjectionKind): void {
    this.#stats.detected[kind].inc()
    this.#eject(host, kind)
  }

  // ------------------------------------------------------------------------------------------------- private

  get #intervalMs(): number {
    return this.#integer('interval_ms', this.#config.intervalMs)
  }

  #threshold(key: string, name: keyof OutlierThresholds): number {
    return this.#integer(key, this.#config.thresholds[name])
  }

  #integer(key: string, configured: number): number {
    return this.#deps.runtime.current.integer(RUNTIME + key, configured)
  }

  #flags({ host }: OutlierHost): FlagStore {
    return this.#deps.flags(host)
  }

  #isDegraded(host: OutlierHost): boolean {
    return this.#flags(host).get(HEALTH_FLAG.degradedOutlierDetection)
  }

  #isEjected(host: OutlierHost): boolean {
    return this.#flags(host).get(HEALTH_FLAG.failedOutlierCheck)
  }
}

function failurePercentage(results: OriginResults): number {
  return 100 - results.rate
}
