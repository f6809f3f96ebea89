/**
 * The health of one host: when it is asked, and what its answers change (Envoy's ActiveHealthCheckSession). The first
 * success of a host counts at once; otherwise thresholds have to be reached.
 */
import type { Timer } from '../../api/event.ts'
import type { FlagStore } from '../health-flags.ts'
import { HEALTH_FLAG } from '../health-flags.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { Probe, ProbeFailure, ProbeResults } from './probe.ts'
import type { HealthCheckSessionOwner } from './health-checker.ts'

/** `change-pending`: the answer was of the other kind, and there have to be more of it. */
export type HealthTransition = 'unchanged' | 'changed' | 'change-pending'
export type CheckResult = 'healthy' | 'unhealthy'

/** A timer that is later than this had to wait for something. */
const LATE_MS = 10

const TIMED_OUT: ProbeFailure = { type: 'NETWORK_TIMEOUT', retriable: false, status: 0 }
const PASSIVE_FAILURE: ProbeFailure = { type: 'PASSIVE', retriable: false, status: 0 }

export class HealthCheckSession implements ProbeResults {
  host: HostDescription
  readonly #owner: HealthCheckSessionOwner
  readonly #flags: FlagStore
  readonly #probe: Probe
  readonly #intervalTimer: Timer
  readonly #timeoutTimer: Timer
  /** ms of the dispatcher; 0: it has been put off once. */
  #deadline = 0
  #healthy = 0
  #unhealthy = 0
  #firstCheck = true
  #closed = false

  constructor(owner: HealthCheckSessionOwner, host: HostDescription, flags: FlagStore) {
    const { dispatcher, stats } = owner
    this.host = host
    this.#owner = owner
    this.#flags = flags
    this.#intervalTimer = dispatcher.timer(() => this.#onInterval())
    this.#timeoutTimer = dispatcher.timer(() => this.#onTimeout())
    if (!flags.get(HEALTH_FLAG.failedActiveHc)) stats.healthy.inc()
    if (flags.get(HEALTH_FLAG.degradedActiveHc)) stats.degraded.inc()
    this.#probe = owner.createProbe(host, this)
  }

  start(): void {
    const delay = this.#owner.initialDelayMs()
    if (delay === 0) this.#onInterval()
    else this.#intervalTimer.enable(delay)
  }

  close(): void {
    const { stats } = this.#owner
    const healthy = !this.#flags.get(HEALTH_FLAG.failedActiveHc)
    this.#closed = true
    this.#intervalTimer.disable()
    this.#timeoutTimer.disable()
    if (healthy) stats.healthy.dec()
    if (this.#flags.get(HEALTH_FLAG.degradedActiveHc)) stats.degraded.dec()
    this.#probe.close()
    // Somebody may wait for a check that will not come any more.
    if (this.#firstCheck) this.#owner.onChecked(this.host, 'unchanged', healthy ? 'healthy' : 'unhealthy')
  }

  /** A request was answered with the wish to be left alone. */
  failPassively(): void {
    this.#setUnhealthy(PASSIVE_FAILURE)
  }

  // ------------------------------------------------------------------------------------------------ answers

  succeeded(degraded: boolean): void {
    const { stats, config, log } = this.#owner
    this.#unhealthy = 0
    let transition = this.#becomeHealthy()
    if (transition !== 'changed' && config.alwaysLogSuccess) log?.success(this.host)
    transition = this.#clearPending(transition)
    if (degraded !== this.#flags.get(HEALTH_FLAG.degradedActiveHc)) {
      this.#flags.set(HEALTH_FLAG.degradedActiveHc, degraded)
      if (degraded) {
        // The way back is not counted, in Envoy neither.
        stats.degraded.inc()
        log?.degraded(this.host)
      } else log?.noLongerDegraded(this.host)
      if (transition === 'unchanged') transition = 'changed'
    }
    stats.success.inc()
    this.#firstCheck = false
    this.#owner.onChecked(this.host, transition, 'healthy')
    this.#waitForNext('healthy', transition)
  }

  failed(failure: ProbeFailure): void {
    this.#waitForNext('unhealthy', this.#setUnhealthy(failure))
  }

  excluded(): void {
    this.#flags.set(HEALTH_FLAG.excludedViaImmediateHcFail, true)
  }

  #becomeHealthy(): HealthTransition {
    const { stats, config, log } = this.#owner
    if (!this.#flags.get(HEALTH_FLAG.failedActiveHc)) return 'unchanged'
    if (!this.#firstCheck && ++this.#healthy !== config.healthyThreshold) return 'change-pending'
    this.#flags.set(HEALTH_FLAG.activeHcTimeout, false)
    this.#flags.set(HEALTH_FLAG.excludedViaImmediateHcFail, false)
    this.#flags.set(HEALTH_FLAG.failedActiveHc, false)
    stats.healthy.inc()
    log?.addHealthy(this.host, this.#firstCheck)
    return 'changed'
  }

  #setUnhealthy(failure: ProbeFailure): HealthTransition {
    const { stats, config, log } = this.#owner
    this.#healthy = 0
    const transition = this.#clearPending(this.#becomeUnhealthy(failure))
    if (this.#firstCheck || config.alwaysLogFailures) log?.failure(this.host, failure, this.#firstCheck)
    stats.failure.inc()
    if (isNetworkFailure(failure)) stats.network_failure.inc()
    else if (failure.type === 'PASSIVE') stats.passive_failure.inc()
    this.#firstCheck = false
    this.#owner.onChecked(this.host, transition, 'unhealthy')
    return transition
  }

  #becomeUnhealthy(failure: ProbeFailure): HealthTransition {
    const { stats, config, log } = this.#owner
    let transition: HealthTransition = 'unchanged'
    if (!this.#flags.get(HEALTH_FLAG.failedActiveHc)) {
      const atOnce = !isNetworkFailure(failure) && !failure.retriable
      if (atOnce || ++this.#unhealthy === config.unhealthyThreshold) {
        this.#flags.set(HEALTH_FLAG.failedActiveHc, true)
        stats.healthy.dec()
        transition = 'changed'
        log?.ejectUnhealthy(this.host, failure)
      } else transition = 'change-pending'
    }
    const failedByTime = failure.type === 'NETWORK_TIMEOUT' && this.#flags.get(HEALTH_FLAG.failedActiveHc)
    this.#flags.set(HEALTH_FLAG.activeHcTimeout, failedByTime)
    return transition
  }

  /** Whatever the answer, the list of hosts that are left out has changed. */
  #clearPending(transition: HealthTransition): HealthTransition {
    if (!this.#flags.get(HEALTH_FLAG.pendingActiveHc)) return transition
    this.#flags.set(HEALTH_FLAG.pendingActiveHc, false)
    return 'changed'
  }

  // --------------------------------------------------------------------------------------------------- time

  #waitForNext(result: CheckResult, transition: HealthTransition): void {
    // Those who were told may have ended the session.
    if (this.#closed) return
    this.#timeoutTimer.disable()
    this.#intervalTimer.enable(this.#owner.intervalMs(result, transition))
  }

  #onInterval(): void {
    const { stats, config, dispatcher } = this.#owner
    stats.attempt.inc()
    // The turn may have begun long ago: at the start of the process the first questions are asked in between.
    const soFar = dispatcher.preciseNow() - dispatcher.now
    this.#deadline = dispatcher.now + soFar + config.timeoutMs
    this.#timeoutTimer.enable(soFar + config.timeoutMs)
    this.#probe.ask()
  }

  /** A thread that was away for a while has not looked at its sockets: what came meanwhile is heard first. */
  #onTimeout(): void {
    const late = this.#owner.dispatcher.preciseNow() - this.#deadline
    if (late > LATE_MS && this.#deadline > 0) {
      this.#deadline = 0
      this.#timeoutTimer.enable(Math.min(late, this.#owner.config.timeoutMs))
      return
    }
    this.#probe.onTimeout()
    this.failed(TIMED_OUT)
  }
}

function isNetworkFailure({ type }: ProbeFailure): boolean {
  return type === 'NETWORK' || type === 'NETWORK_TIMEOUT'
}
