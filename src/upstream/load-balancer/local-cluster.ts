/** The cluster that this proxy belongs to, as balancing by zone needs it: where its hosts are, and what is counted. */
import type { Counter, Scope } from '../../api/stats.ts'
import { HostSet } from './host-set.ts'

/** Its hosts on one thread; those of priority 0, as it has no other. */
export class LocalCluster {
  hosts = new HostSet([])
}

/** Of one cluster, whose hosts are chosen by zone. */
export interface ZoneDeps {
  readonly local: LocalCluster
  readonly stats: ZoneStats
  /** How many threads this one counts for, where all of them find the same; 0: another one counts. */
  readonly countsFor: number
}

const COUNTERS = [
  'lb_local_cluster_not_ok',
  'lb_recalculate_zone_structures',
  'lb_zone_cluster_too_small',
  'lb_zone_no_capacity_left',
  'lb_zone_routing_all_directly',
  'lb_zone_routing_cross_zone',
  'lb_zone_routing_sampled',
] as const

export type ZoneStats = Readonly<Record<(typeof COUNTERS)[number], Pick<Counter, 'inc' | 'add'>>>

/** `scope`: the cluster's. */
export function createZoneStats(scope: Scope): ZoneStats {
  // One entry for each key.
  return Object.fromEntries(COUNTERS.map((name) => [name, scope.counter(name)])) as unknown as ZoneStats
}
