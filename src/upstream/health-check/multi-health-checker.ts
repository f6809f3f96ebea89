/**
 * Several health checks of one cluster (Envoy's MultiHealthChecker): each has its own sessions, counts and thresholds, and a
 * host is healthy while all of them say so. Nobody hears of a host before each has asked it once.
 */
import type { Gauge, Scope } from '../../api/stats.ts'
import type { FlagStore, HealthFlag } from '../health-flags.ts'
import { HEALTH_FLAG } from '../health-flags.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { CheckResult, HealthTransition } from './health-check-session.ts'
import type { CheckListener, ClusterChecker } from './health-checker.ts'

export interface MultiHealthCheckerDeps {
  /** `cluster.<name>.` */
  readonly scope: Scope
  /** The host's own, which sum up those of all checks. */
  flags(host: HostDescription): FlagStore
}

/** What each check holds against one host. */
interface CheckedHost {
  readonly own: FlagStore
  /** By check. */
  readonly flags: number[]
  /** Checks that have not answered yet. */
  readonly silent: Set<number>
  /** The host's flags when somebody heard of it last. */
  told: number
  wasHealthy: boolean
  wasDegraded: boolean
}

/** Of several checks one is enough to set them. */
const SUMMED: readonly HealthFlag[] = [
  HEALTH_FLAG.failedActiveHc,
  HEALTH_FLAG.degradedActiveHc,
  HEALTH_FLAG.pendingActiveHc,
  HEALTH_FLAG.activeHcTimeout,
]

export class MultiHealthChecker implements ClusterChecker {
  readonly #deps: MultiHealthCheckerDeps
  readonly #checks: number
  readonly #checkers: readonly ClusterChecker[]
  readonly #hosts = new Map<number, CheckedHost>()
  readonly #healthy: Gauge
  readonly #degraded: Gauge
  #listeners: CheckListener[] = []

  /** `create` makes the check at a place of the list, with the flags that it is to use. */
  constructor(
    count: number,
    deps: MultiHealthCheckerDeps,
    create: (check: number, flags: (host: HostDescription) => FlagStore) => ClusterChecker,
  ) {
    this.#deps = deps
    this.#checks = count
    const scope = deps.scope.scope('health_check')
    this.#healthy = scope.gauge('healthy')
    this.#degraded = scope.gauge('degraded')
    this.#checkers = Array.from({ length: count }, (_, check) =>
      create(check, (host) => this.#flagsOf(check, this.#know(host))),
    )
    for (const [check, checker] of this.#checkers.entries()) {
      checker.addListener((host, transition) => this.#onChecked(check, host, transition))
    }
  }

  addListener(listener: CheckListener): void {
    this.#listeners.push(listener)
  }

  setHosts(hosts: readonly HostDescription[]): void {
    const staying = new Set(hosts.map(({ id }) => id))
    for (const checker of this.#checkers) checker.setHosts(hosts)
    for (const id of this.#hosts.keys()) if (!staying.has(id)) this.#forget(id)
  }

  /** The last check is the one that hears of responses. */
  failPassively(hostId: number): void {
    this.#checkers.at(-1)?.failPassively(hostId)
  }

  close(): void {
    this.#listeners = []
    for (const checker of this.#checkers) checker.close()
    for (const id of this.#hosts.keys()) this.#forget(id)
  }

  #know(host: HostDescription): CheckedHost {
    let known = this.#hosts.get(host.id)
    if (known !== undefined) return known
    const own = this.#deps.flags(host)
    const before = summed((flag) => own.get(flag))
    const places = Array.from({ length: this.#checks }, (_, check) => check)
    known = {
      own,
      flags: places.map(() => before),
      silent: new Set(places),
      told: before,
      wasHealthy: false,
      wasDegraded: false,
    }
    this.#hosts.set(host.id, known)
    this.#count(known)
    return known
  }

  #forget(id: number): void {
    const host = this.#hosts.get(id)
    if (host === undefined) return
    if (host.wasHealthy) this.#healthy.dec()
    if (host.wasDegraded) this.#degraded.dec()
    this.#hosts.delete(id)
  }

  #flagsOf(check: number, host: CheckedHost): FlagStore {
    return {
      get: (flag) => (host.flags[check]! & flag) !== 0,
      set: (flag, on) => {
        const before = host.flags[check]!
        host.flags[check] = on ? before | flag : before & ~flag
        if (SUMMED.includes(flag)) host.own.set(flag, anyOf(host, flag))
        else if (!on) host.own.set(flag, false)
      },
    }
  }

  #onChecked(check: number, host: HostDescription, transition: HealthTransition): void {
    const known = this.#know(host)
    known.silent.delete(check)
    if (known.silent.size > 0) return
    const now = summed((flag) => anyOf(known, flag))
    const changed = now !== known.told
    known.told = now
    this.#count(known)
    const pending = transition === 'change-pending' ? 'change-pending' : 'unchanged'
    const result: CheckResult = anyOf(known, HEALTH_FLAG.failedActiveHc) ? 'unhealthy' : 'healthy'
    for (const listener of this.#listeners) listener(host, changed ? 'changed' : pending, result)
  }

  #count(host: CheckedHost): void {
    const isHealthy = !anyOf(host, HEALTH_FLAG.failedActiveHc)
    const isDegraded = anyOf(host, HEALTH_FLAG.degradedActiveHc)
    this.#healthy.add(Number(isHealthy) - Number(host.wasHealthy))
    this.#degraded.add(Number(isDegraded) - Number(host.wasDegraded))
    host.wasHealthy = isHealthy
    host.wasDegraded = isDegraded
  }
}

function anyOf(host: CheckedHost, flag: HealthFlag): boolean {
  return host.flags.some((flags) => (flags & flag) !== 0)
}

function summed(isSet: (flag: HealthFlag) => boolean): number {
  return SUMMED.reduce((flags, flag) => (isSet(flag) ? flags | flag : flags), 0)
}
