/** Weighs the localities of a cluster once a period, on the main thread, and tells the other threads. */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { Scope } from '../../api/stats.ts'
import type { Locality } from '../../api/upstream.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { LocalityLoad } from '../config/policies/policy.ts'
import type { Health, HostDescription } from '../host-snapshot.ts'
import type { LoadedHost, LoadMarks, PriorityWeights } from '../orca/locality-weights.ts'
import { LocalityWeigher } from '../orca/locality-weights.ts'
import { toldUtilisation } from '../orca/told-utilisation.ts'

export interface ClusterLoadDeps {
  readonly dispatcher: Dispatcher
  /** The cluster's. */
  readonly scope: Scope
  readonly locality: Locality | undefined
  hosts(): readonly HostDescription[]
  healthOf(host: HostDescription): Health
  /** The weights are others than before. */
  onChanged(): void
}

export class ClusterLoad {
  readonly #load: LocalityLoad
  readonly #deps: ClusterLoadDeps
  readonly #weigher: LocalityWeigher
  readonly #timer: Timer
  readonly #stats: LoadStats
  #text = ''
  weights: readonly PriorityWeights[] = []

  constructor(load: LocalityLoad, deps: ClusterLoadDeps) {
    this.#load = load
    this.#deps = deps
    this.#weigher = new LocalityWeigher(load, deps.locality)
    this.#timer = deps.dispatcher.timer(() => this.update())
    this.#stats = createLoadStats(deps.scope)
  }

  update(): void {
    this.#timer.enable(this.#load.updateMs)
    const { weights, marks } = this.#weigher.weigh(this.#priorities())
    this.#count(marks)
    const text = JSON.stringify(weights)
    if (text === this.#text) return
    this.#text = text
    this.weights = weights
    this.#deps.onChanged()
  }

  close(): void {
    this.#timer.disable()
  }

  #priorities(): readonly (readonly LoadedHost[])[] {
    const now = this.#deps.dispatcher.wallNow
    const priorities: LoadedHost[][] = [[]]
    for (const host of this.#deps.hosts()) {
      while (priorities.length <= host.priority) priorities.push([])
      const utilisation = toldUtilisation(new SharedCounters(host.counters), this.#load.expirationMs, now)
      priorities[host.priority]!.push({ locality: host.locality, health: this.#deps.healthOf(host), utilisation })
    }
    return priorities
  }

  #count({ allOverloaded, localPreferred, probeActive, spillActive, staleLocalities }: Readonly<LoadMarks>): void {
    const stats = this.#stats
    if (allOverloaded) stats.all_overloaded_total.inc()
    if (localPreferred) stats.local_preferred_total.inc()
    if (probeActive) stats.probe_active_total.inc()
    if (spillActive) stats.spill_active_total.inc()
    stats.stale_locality_total.add(staleLocalities)
    stats.recompute_total.inc()
  }
}

const COUNTERS = [
  'all_overloaded_total',
  'local_preferred_total',
  'probe_active_total',
  'recompute_total',
  'spill_active_total',
  'stale_locality_total',
] as const

type LoadStats = Readonly<Record<(typeof COUNTERS)[number], { inc(): void; add(amount: number): void }>>

function createLoadStats(scope: Scope): LoadStats {
  // One entry for each key.
  return Object.fromEntries(
    COUNTERS.map((name) => [name, scope.counter(`load_aware_locality.${name}`)]),
  ) as unknown as LoadStats
}
