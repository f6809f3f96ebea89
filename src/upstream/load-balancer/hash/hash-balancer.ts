/**
 * Equal hashes to equal hosts: ring hash and Maglev (Envoy's ThreadAwareLoadBalancerBase). The hash also decides the priority.
 * Tables are made with the host set; a choice looks one up.
 */
import type { LoadBalancerContext } from '../../../api/upstream.ts'
import type { MaglevPolicy, RingHashPolicy } from '../../config/policies/policy.ts'
import type { EndpointHost } from '../../endpoint-host.ts'
import type { BalancerReport } from '../balancer-report.ts'
import type { Balancer, LoadBalancerDeps, LoadBalancerSettings } from '../balancer.ts'
import { CurrentLoad } from '../current-load.ts'
import type { HostSet } from '../host-set.ts'
import type { PriorityLoad } from '../priority-load.ts'
import { BoundedLoad } from './bounded-load.ts'
import type { HashTable } from './hash-table.ts'
import type { HashedHost } from './hashed-host.ts'
import { hashedHosts } from './hashed-host.ts'
import { MaglevTable } from './maglev-table.ts'
import { Ring } from './ring.ts'

type HashPolicy = RingHashPolicy | MaglevPolicy

interface PriorityTable {
  readonly inPanic: boolean
  readonly hosts: readonly HashedHost[]
  /** undefined: there are no hosts. */
  readonly table: HashTable | undefined
  readonly bounds: BoundedLoad | undefined
}

/** 2^32 modulo 100. */
const WRAP = 96

export class HashBalancer implements Balancer {
  readonly #policy: HashPolicy
  readonly #sets: readonly HostSet[]
  readonly #deps: LoadBalancerDeps
  readonly #currentLoad: CurrentLoad
  #load: PriorityLoad
  #tables: readonly PriorityTable[]

  constructor(policy: HashPolicy, settings: LoadBalancerSettings, sets: readonly HostSet[], deps: LoadBalancerDeps) {
    this.#policy = policy
    this.#sets = sets
    this.#deps = deps
    this.#currentLoad = new CurrentLoad(settings, sets, deps.runtime)
    this.#load = this.#currentLoad.get()
    this.#tables = sets.map((set, priority) => this.#createTable(set, this.#load.panic[priority]!))
  }

  /** Equal hashes go to equal hosts, so not even an aggregate cluster has a say in the priority. */
  choose(context: LoadBalancerContext): EndpointHost | undefined {
    this.#followLoad()
    const { hash } = context
    const high = hash === undefined ? this.#deps.random.u32() : hash.high
    const low = hash === undefined ? this.#deps.random.u32() : hash.low
    const { inPanic, hosts, table, bounds } = this.#tables[this.#priorityOf(high, low)]!
    if (inPanic) this.#deps.stats.lb_healthy_panic.inc()
    if (table === undefined) return undefined
    for (let attempt = 0; ; attempt++) {
      const found = table.find(high, low, attempt)
      const { host } = hosts[bounds === undefined ? found : bounds.settle(found, low)]!
      if (attempt >= context.hostSelectionRetryCount || !context.shouldSelectAnotherHost(host)) return host
    }
  }

  #priorityOf(high: number, low: number): number {
    const { healthy, degraded } = this.#load
    if (healthy[0] === 100) return 0
    const hash = ((high % 100) * WRAP + (low % 100)) % 100
    let bound = 0
    for (let priority = 0; priority < healthy.length; priority++) {
      bound += healthy[priority]!
      if (hash < bound) return priority
    }
    for (let priority = 0; priority < degraded.length; priority++) {
      bound += degraded[priority]!
      if (hash < bound) return priority
    }
    return 0
  }

  #createTable(set: HostSet, inPanic: boolean): PriorityTable {
    const policy = this.#policy
    const hosts = hashedHosts(set, inPanic, policy)
    const table = hosts.length === 0 ? undefined : createTable(policy, hosts, this.#deps.report)
    const bounds =
      policy.balanceFactor === 0
        ? undefined
        : new BoundedLoad(hosts, policy.balanceFactor, () => this.#deps.activeRequests())
    return { inPanic, hosts, table, bounds }
  }

  /** Only what is in panic now and was not before, or the other way round, needs another table. */
  #followLoad(): void {
    const load = this.#currentLoad.get()
    if (load === this.#load) return
    this.#load = load
    this.#tables = this.#tables.map((table, priority) =>
      table.inPanic === load.panic[priority] ? table : this.#createTable(this.#sets[priority]!, !table.inPanic),
    )
  }
}

function createTable(policy: HashPolicy, hosts: readonly HashedHost[], report: BalancerReport | undefined): HashTable {
  if (policy.kind === 'maglev') {
    const table = new MaglevTable(hosts, policy.tableSize)
    report?.maglev(table.counts.least, table.counts.most)
    return table
  }
  const ring = new Ring(hosts, policy)
  report?.ring(ring.size, ring.counts.least, ring.counts.most)
  return ring
}
