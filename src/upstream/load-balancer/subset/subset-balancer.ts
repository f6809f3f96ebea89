/**
 * Requests that name metadata go to the hosts that have it (Envoy docs: intro/arch_overview/upstream/load_balancing/subsets).
 * What a set of metadata leads to is worked out once for each that comes; routes always bring the same object.
 */
import type { Json } from '../../../api/config.ts'
import type { LoadBalancerContext } from '../../../api/upstream.ts'
import type { SubsetPolicy, SubsetSelector } from '../../config/policies/policy.ts'
import type { EndpointHost } from '../../endpoint-host.ts'
import type { BalancerReport } from '../balancer-report.ts'
import type { Balancer, BalancerStats, LoadBalancerDeps } from '../balancer.ts'
import type { HostSet, WeightedHost } from '../host-set.ts'
import type { PriorityChoice } from '../priority-choice.ts'
import { lbMetadata } from '../lb-metadata.ts'
import { HostSubsets } from './host-subsets.ts'
import type { HostSubset, TaggedHost } from './host-subsets.ts'
import type { MetadataCriteria } from './metadata-criteria.ts'
import { criteriaOf, keepNames, valueText } from './metadata-criteria.ts'
import { subsetHosts } from './subset-hosts.ts'

type CreateWithin = (sets: readonly HostSet[]) => Balancer

interface Member extends TaggedHost {
  readonly entry: WeightedHost
}

/** Where a request goes. */
type Plan =
  | { readonly kind: 'subset'; readonly balancer: Balancer }
  /** The fallback of a selector; nobody counts it. */
  | { readonly kind: 'selector'; readonly balancer: Balancer }
  | { readonly kind: 'fallback' }
  | { readonly kind: 'nowhere' }
  /** The first that has a host. */
  | { readonly kind: 'alternatives'; readonly plans: readonly Plan[] }

const FALLBACK: Plan = { kind: 'fallback' }
const NOWHERE: Plan = { kind: 'nowhere' }
const FALLBACK_LIST = 'fallback_list'

export class SubsetBalancer implements Balancer {
  readonly #policy: SubsetPolicy
  readonly #sets: readonly HostSet[]
  readonly #stats: BalancerStats
  readonly #createWithin: CreateWithin
  readonly #subsets: HostSubsets<Member>
  readonly #selectors: readonly SubsetSelector[]
  readonly #balancers = new Map<HostSubset<Member>, Balancer>()
  readonly #plans = new WeakMap<object, Plan>()
  #any: Balancer | undefined = undefined
  #default: Balancer | undefined = undefined

  constructor(policy: SubsetPolicy, sets: readonly HostSet[], deps: LoadBalancerDeps, createWithin: CreateWithin) {
    this.#policy = policy
    this.#sets = sets
    this.#stats = deps.stats
    this.#createWithin = createWithin
    this.#subsets = new HostSubsets(membersOf(sets), policy)
    if (deps.report !== undefined) this.#reportTo(deps.report)
    // Of those that a request satisfies the one with most keys counts.
    this.#selectors = policy.selectors.toSorted((a, b) => b.keys.length - a.keys.length)
  }

  #reportTo(report: BalancerReport): void {
    const { all, duplicates } = this.#subsets
    report.subsets(new Set(all.map(({ name }) => name)), duplicates)
    // Tables of subsets are reported over one another, so one of them does.
    const last = all.at(-1)
    if (last !== undefined) this.#balancerOf(last)
    if (last?.singleHost !== false && this.#policy.fallback === 'ANY_ENDPOINT') this.#anyBalancer()
  }

  choose(context: LoadBalancerContext, at?: PriorityChoice): EndpointHost | undefined {
    const { metadataMatch } = context
    if (metadataMatch === undefined) return this.#follow(FALLBACK, context, at)
    let plan = this.#plans.get(metadataMatch)
    if (plan === undefined) this.#plans.set(metadataMatch, (plan = this.#plan(metadataMatch)))
    return this.#follow(plan, context, at)
  }

  onLocalClusterChanged(): void {
    this.#any?.onLocalClusterChanged?.()
    this.#default?.onLocalClusterChanged?.()
    for (const balancer of this.#balancers.values()) balancer.onLocalClusterChanged?.()
  }

  #follow(plan: Plan, context: LoadBalancerContext, at: PriorityChoice | undefined): EndpointHost | undefined {
    switch (plan.kind) {
      case 'subset':
        this.#stats.lb_subsets_selected.inc()
        return plan.balancer.choose(context, at)
      case 'selector':
        return plan.balancer.choose(context, at)
      case 'fallback':
        return this.#fallBack(context, at)
      case 'nowhere':
        return undefined
      case 'alternatives':
        for (const alternative of plan.plans) {
          const host = this.#follow(alternative, context, at)
          if (host !== undefined) return host
        }
        return undefined
    }
  }

  #fallBack(context: LoadBalancerContext, at: PriorityChoice | undefined): EndpointHost | undefined {
    const { fallback, panicModeAny } = this.#policy
    if (fallback === 'NO_FALLBACK') return undefined
    const host = (fallback === 'ANY_ENDPOINT' ? this.#anyBalancer() : this.#defaultBalancer()).choose(context, at)
    if (host !== undefined) {
      this.#stats.lb_subsets_fallback.inc()
      return host
    }
    const inPanic = panicModeAny ? this.#anyBalancer().choose(context, at) : undefined
    if (inPanic !== undefined) this.#stats.lb_subsets_fallback_panic.inc()
    return inPanic
  }

  #plan(members: Readonly<Record<string, unknown>>): Plan {
    const { [FALLBACK_LIST]: list, ...others } = members
    if (!this.#policy.usesFallbackList || list === undefined) return this.#planFor(criteriaOf(members))
    // Each entry overrides what the route says.
    const overrides = Array.isArray(list) ? (list as readonly unknown[]) : []
    if (overrides.length === 0) return this.#planFor(criteriaOf(others))
    const plans = overrides.map((override) => this.#planFor(criteriaOf({ ...others, ...asMembers(override) })))
    return { kind: 'alternatives', plans }
  }

  #planFor(asked: MetadataCriteria): Plan {
    const criteria = this.#policy.allowsRedundantKeys ? this.#withoutRedundant(asked) : asked
    const subset = this.#subsets.find(criteria)
    if (subset !== undefined) return { kind: 'subset', balancer: this.#balancerOf(subset) }
    const selector = this.#policy.selectors.find(({ keys }) => isSame(keys, criteria.names))
    switch (selector?.fallback) {
      case undefined:
      case 'NOT_DEFINED':
        return FALLBACK
      case 'NO_FALLBACK':
        return NOWHERE
      case 'ANY_ENDPOINT':
        return { kind: 'selector', balancer: this.#anyBalancer() }
      case 'DEFAULT_SUBSET':
        return { kind: 'selector', balancer: this.#defaultBalancer() }
      case 'KEYS_SUBSET':
        // Selectors with that fallback name fewer keys than they have, so this comes to an end.
        return this.#planFor(keepNames(criteria, selector.fallbackKeys))
    }
  }

  #withoutRedundant(criteria: MetadataCriteria): MetadataCriteria {
    const selector = this.#selectors.find(({ keys }) => keys.every((key) => criteria.names.includes(key)))
    return selector === undefined ? criteria : keepNames(criteria, selector.keys)
  }

  #balancerOf(subset: HostSubset<Member>): Balancer {
    let balancer = this.#balancers.get(subset)
    if (balancer === undefined) {
      balancer = subset.singleHost ? new SingleHost(subset) : this.#create([...subset.hosts])
      this.#balancers.set(subset, balancer)
    }
    return balancer
  }

  #anyBalancer(): Balancer {
    return (this.#any ??= this.#create(membersOf(this.#sets)))
  }

  #defaultBalancer(): Balancer {
    const wanted = criteriaOf(this.#policy.defaultSubset)
    const isIn = ({ metadata }: Member) => hasMembers(metadata, wanted, this.#policy.listAsAny)
    return (this.#default ??= this.#create(membersOf(this.#sets).filter(isIn)))
  }

  #create(members: readonly Member[]): Balancer {
    const byPriority: WeightedHost[][] = this.#sets.map(() => [])
    for (const { entry, priority } of members) byPriority[priority]!.push(entry)
    return this.#createWithin(subsetHosts(this.#sets, byPriority, this.#policy))
  }
}

/** Its health does not matter. */
class SingleHost implements Balancer {
  readonly #host: EndpointHost | undefined

  constructor({ hosts }: HostSubset<Member>) {
    const [first] = [...hosts].sort((a, b) => a.priority - b.priority)
    this.#host = first?.entry.host
  }

  choose(): EndpointHost | undefined {
    return this.#host
  }
}

function membersOf(sets: readonly HostSet[]): readonly Member[] {
  return sets.flatMap((set, priority) => set.all.map((entry) => ({ entry, priority, metadata: entry.host.metadata })))
}

function hasMembers(metadata: unknown, { names, values }: MetadataCriteria, listAsAny: boolean): boolean {
  const own = lbMetadata(metadata)
  return names.every((name, at) => {
    const value = own?.[name]
    if (value === undefined) return false
    if (valueText(value) === values[at]) return true
    return listAsAny && Array.isArray(value) && value.some((item) => valueText(item as Json) === values[at])
  })
}

function asMembers(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, at) => key === b[at])
}
