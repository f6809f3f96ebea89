/**
 * What statistics say of tables of hashes and of subsets. All threads make the same ones, so the main thread alone reports,
 * for all of them.
 */
import type { Scope } from '../../api/stats.ts'
import type { LbPolicy } from '../config/policies/policy.ts'

export interface BalancerReport {
  /** How many hashes there are, and how many of a host at least and at most. */
  ring(size: number, least: number, most: number): void
  /** How many entries a host has at least and at most. */
  maglev(least: number, most: number): void
  /** Those that there are now, and how many hosts found their place taken. */
  subsets(names: ReadonlySet<string>, duplicates: number): void
}

/** undefined: the policy has nothing to report. `scope`: the cluster's; `threads`: how many have subsets. */
export function createBalancerReport(policy: LbPolicy, scope: Scope, threads: number): BalancerReport | undefined {
  const inner = policy.kind === 'subset' ? policy.within : policy
  if (inner === policy && policy.kind !== 'ring_hash' && policy.kind !== 'maglev') return undefined
  const gauge = (name: string) => scope.gauge(name, 'never')
  const size = inner.kind === 'ring_hash' ? gauge('ring_hash_lb.size') : undefined
  const unit = { ring_hash: 'ring_hash_lb.#_hashes_per_host', maglev: 'maglev_lb.#_entries_per_host' }
  const counts = inner.kind === 'ring_hash' || inner.kind === 'maglev' ? unit[inner.kind] : undefined
  const least = counts === undefined ? undefined : gauge(counts.replace('#', 'min'))
  const most = counts === undefined ? undefined : gauge(counts.replace('#', 'max'))
  const maglev = (fewest: number, greatest: number): void => {
    least?.set(fewest)
    most?.set(greatest)
  }
  return {
    maglev,
    ring: (hashes, fewest, greatest) => {
      size?.set(hashes)
      maglev(fewest, greatest)
    },
    subsets: policy.kind === 'subset' ? reportSubsets(scope, threads) : () => undefined,
  }
}

function reportSubsets(scope: Scope, threads: number): BalancerReport['subsets'] {
  const active = scope.gauge('lb_subsets_active')
  const created = scope.counter('lb_subsets_created')
  const removed = scope.counter('lb_subsets_removed')
  const duplicates = scope.gauge('lb_subsets_single_host_per_subset_duplicate')
  let before: ReadonlySet<string> = new Set()
  return (names, taken) => {
    const added = [...names].filter((name) => !before.has(name)).length
    const gone = [...before].filter((name) => !names.has(name)).length
    // What 0 is added to shows as used, and so it is once there has been a subset.
    if (added > 0) created.add(threads * added)
    if (gone > 0) removed.add(threads * gone)
    if (added + gone > 0) active.set(threads * names.size)
    duplicates.set(taken)
    before = names
  }
}
