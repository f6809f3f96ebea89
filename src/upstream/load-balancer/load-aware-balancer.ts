/**
 * load_aware_locality: chooses priority and health class as ever, then a locality by the weights that the main thread works out
 * from reports of load (orca/locality-weights.ts), then a host with a balancer over that locality alone.
 */
import type { Random } from '../../api/event.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import type { EndpointHost } from '../endpoint-host.ts'
import type { HostSource, PriorityWeights } from '../orca/locality-weights.ts'
import type { Balancer, BalancerStats, LoadBalancerDeps, LoadBalancerSettings } from './balancer.ts'
import { CurrentLoad } from './current-load.ts'
import type { LocalityHosts } from './host-set.ts'
import { HostSet, localityName } from './host-set.ts'
import type { ZoneStats } from './local-cluster.ts'
import type { PriorityChoice } from './priority-choice.ts'
import { choosePriority } from './priority-choice.ts'

/** Outlives balancers, which are made anew with the hosts. */
export interface LocalityTraffic {
  /** By priority; undefined: nobody has weighed them yet. */
  weights: readonly PriorityWeights[] | undefined
  /** How many localities each priority had. */
  readonly localities: number[]
  readonly stats: ZoneStats
  /** How many threads this one counts for, where all of them find the same; 0: another one counts. */
  readonly countsFor: number
}

type CreateWithin = (sets: readonly HostSet[]) => Balancer

export class LoadAwareBalancer implements Balancer {
  readonly #random: Random
  readonly #stats: BalancerStats
  readonly #currentLoad: CurrentLoad
  readonly #priorities: readonly LoadedPriority[]

  constructor(
    settings: LoadBalancerSettings,
    sets: readonly HostSet[],
    traffic: LocalityTraffic,
    deps: LoadBalancerDeps,
    createWithin: CreateWithin,
  ) {
    countStructures(sets, traffic)
    this.#random = deps.random
    this.#stats = deps.stats
    this.#currentLoad = new CurrentLoad(settings, sets, deps.runtime)
    this.#priorities = sets.map(
      (set, priority) => new LoadedPriority(set, priority, traffic, deps.random, createWithin),
    )
  }

  choose(context: LoadBalancerContext, at?: PriorityChoice): EndpointHost | undefined {
    const load = this.#currentLoad.get()
    const { retryPriority } = context
    const ofRetry =
      retryPriority === undefined || at !== undefined ? undefined : this.#currentLoad.ofRetry(retryPriority)
    const choice = at ?? choosePriority(ofRetry ?? load, this.#random.u32())
    const priority = choice < 0 ? ~choice : choice
    const inPanic = load.panic[priority]!
    if (inPanic) this.#stats.lb_healthy_panic.inc()
    const source = inPanic ? 'all' : choice < 0 ? 'degraded' : 'healthy'
    return this.#priorities[priority]!.choose(source, context)
  }
}

/** Once for each priority that has another number of localities than before; one that is not told of has none. */
function countStructures(sets: readonly HostSet[], { localities, stats, countsFor }: LocalityTraffic): void {
  for (let priority = 0; priority < Math.max(sets.length, localities.length); priority++) {
    const count = sets[priority]?.localities.length ?? 0
    if (localities[priority] === count) continue
    localities[priority] = count
    if (countsFor > 0) stats.lb_recalculate_zone_structures.add(countsFor)
  }
}

class LoadedPriority {
  readonly #priority: number
  readonly #traffic: LocalityTraffic
  readonly #hasLocalHosts: boolean
  readonly #sources: Readonly<Record<HostSource, LoadedLocalities>>

  constructor(set: HostSet, priority: number, traffic: LocalityTraffic, random: Random, create: CreateWithin) {
    this.#priority = priority
    this.#traffic = traffic
    this.#hasLocalHosts = set.hasLocalHosts
    const of = (source: HostSource) => new LoadedLocalities(set, source, priority, random, create)
    this.#sources = { healthy: of('healthy'), degraded: of('degraded'), all: of('all') }
  }

  choose(source: HostSource, context: LoadBalancerContext): EndpointHost | undefined {
    const { weights } = this.#traffic
    const localities = this.#sources[source]
    const place = localities.choosePlace(weights)
    if (place < 0) return undefined
    if (source !== 'all') this.#count(source, place, weights?.[this.#priority])
    return localities.chooseAt(place, context)
  }

  #count(source: HostSource, place: number, weights: PriorityWeights | undefined): void {
    if (weights === undefined || !this.#hasLocalHosts) return
    const { stats } = this.#traffic
    if (place !== 0) stats.lb_zone_routing_cross_zone.inc()
    else if (weights[source].isAllLocal) stats.lb_zone_routing_all_directly.inc()
    else stats.lb_zone_routing_sampled.inc()
  }
}

/** The localities of a priority, with those hosts that serve. */
class LoadedLocalities {
  readonly #set: HostSet
  readonly #source: HostSource
  readonly #priority: number
  readonly #random: Random
  readonly #create: CreateWithin
  readonly #balancers: Balancer[] = []
  #weights: readonly PriorityWeights[] | undefined = undefined
  /** Of each locality: its weight, with those of the localities before it. */
  #bounds: readonly number[] = []

  constructor(set: HostSet, source: HostSource, priority: number, random: Random, create: CreateWithin) {
    this.#set = set
    this.#source = source
    this.#priority = priority
    this.#random = random
    this.#create = create
  }

  /** Of a locality that has hosts; -1: there is none. */
  choosePlace(weights: readonly PriorityWeights[] | undefined): number {
    const { localities } = this.#set
    if (weights !== this.#weights) this.#follow(weights)
    const place = localities.length < 2 ? 0 : this.#weighted()
    if (this.#hosts(localities[place]).length > 0) return place
    // Its hosts have gone since localities were weighed.
    return localities.findIndex((locality) => this.#hosts(locality).length > 0)
  }

  chooseAt(place: number, context: LoadBalancerContext): EndpointHost | undefined {
    return (this.#balancers[place] ??= this.#createAt(place)).choose(context, 0)
  }

  #hosts(locality: LocalityHosts | undefined): LocalityHosts['all'] {
    return locality?.[this.#source] ?? []
  }

  /** All of these hosts serve: whoever is not wanted is not among them. */
  #createAt(place: number): Balancer {
    const hosts = this.#hosts(this.#set.localities[place]).map((entry) =>
      entry.health === 'healthy' ? entry : { ...entry, health: 'healthy' as const, excluded: false },
    )
    const { localLocality } = this.#set
    return this.#create([new HostSet(hosts, { hasLocalityWeights: false, localLocality })])
  }

  #follow(weights: readonly PriorityWeights[] | undefined): void {
    this.#weights = weights
    const mine = weights?.[this.#priority]?.[this.#source].weights ?? {}
    let total = 0
    this.#bounds = this.#set.localities.map(({ locality }) => (total += mine[localityName(locality)] ?? 0))
  }

  #weighted(): number {
    const bounds = this.#bounds
    const total = bounds.at(-1) ?? 0
    if (total <= 0) return 0
    const wanted = (this.#random.u32() / 2 ** 32) * total
    let from = 0
    let to = bounds.length - 1
    while (from < to) {
      const middle = (from + to) >> 1
      if (bounds[middle]! > wanted) to = middle
      else from = middle + 1
    }
    return from
  }
}
