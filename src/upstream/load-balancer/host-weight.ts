/**
 * What a host is worth at the moment: its weight, less the requests that it has already (least request), less what slow start
 * keeps from it (Envoy docs: intro/arch_overview/upstream/load_balancing/slow_start).
 */
import type { RuntimeDouble, SlowStart } from '../config/policies/policy.ts'
import type { LoadBalancerDeps } from './balancer.ts'
import type { WeightedHost } from './host-set.ts'
import type { OrdinaryPolicy } from './load-balancer.ts'

export class HostWeight {
  /** It changes from one choice to the next. */
  readonly isDynamic: boolean
  /** At least one host is young. */
  readonly isStarting: boolean
  readonly #slowStart: SlowStart | undefined
  readonly #bias: number
  readonly #deps: LoadBalancerDeps
  /** Until when some host is young, wall-clock milliseconds. */
  readonly #startingUntil: number

  constructor(policy: OrdinaryPolicy, hosts: readonly WeightedHost[], deps: LoadBalancerDeps) {
    this.#deps = deps
    this.#slowStart = policy.kind === 'random' ? undefined : policy.slowStart
    this.#bias = policy.kind === 'least_request' ? this.#activeRequestBias(policy.activeRequestBias) : 0
    this.#startingUntil = this.#slowStart === undefined ? 0 : youngest(hosts) + this.#slowStart.windowMs
    this.isStarting = this.#slowStart !== undefined && deps.now() <= this.#startingUntil
    this.isDynamic = this.#bias !== 0 || this.isStarting
  }

  of(entry: WeightedHost): number {
    let { weight } = entry
    if (this.#bias === 1) weight /= entry.host.stats.activeRequests + 1
    else if (this.#bias !== 0) weight /= (entry.host.stats.activeRequests + 1) ** this.#bias
    return this.isStarting ? weight * this.#share(entry) : weight
  }

  /** 0–1 */
  #share(entry: WeightedHost): number {
    const slowStart = this.#slowStart!
    const now = this.#deps.now()
    if (now > this.#startingUntil || entry.health !== 'healthy') return 1
    const age = now - entry.host.healthySinceMs
    if (age >= slowStart.windowMs) return 1
    const aggression = this.#number(slowStart.aggression)
    const part = Math.max(1, age) / slowStart.windowMs
    return Math.max(aggression > 0 ? part ** (1 / aggression) : part, slowStart.minWeight)
  }

  #activeRequestBias(bias: RuntimeDouble): number {
    const value = this.#number(bias)
    // Envoy's way with what makes no sense.
    return value >= 0 ? value : 1
  }

  #number({ value, runtimeKey }: RuntimeDouble): number {
    return runtimeKey === '' ? value : this.#deps.runtime.current.double(runtimeKey, value)
  }
}

function youngest(hosts: readonly WeightedHost[]): number {
  let latest = -Infinity
  for (const { host, health } of hosts) if (health === 'healthy') latest = Math.max(latest, host.healthySinceMs)
  return latest
}
