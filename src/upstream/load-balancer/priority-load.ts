/**
 * How traffic is divided over priorities: a priority takes what its available hosts can bear (overprovisioned), the rest
 * spills over to the next (Envoy docs: intro/arch_overview/upstream/load_balancing/priority and …/panic_threshold).
 */
import type { PriorityHealthPolicy } from '../host-snapshot.ts'
import type { HostSet } from './host-set.ts'

export interface PriorityLoad {
  /** Percentages by priority; all of both together are 100, unless there is no host at all. */
  readonly healthy: readonly number[]
  readonly degraded: readonly number[]
  /** Health of these priorities is ignored. */
  readonly panic: readonly boolean[]
}

export interface PriorityLoadSettings {
  policyOf(priority: number): PriorityHealthPolicy
  readonly panicThresholdPercent: number
}

export function priorityLoad(sets: readonly HostSet[], settings: PriorityLoadSettings): PriorityLoad {
  const healthy = sets.map((set, priority) => availability(set, set.healthy, settings.policyOf(priority)))
  const degraded = sets.map((set, priority) => availability(set, set.degraded, settings.policyOf(priority)))
  const total = Math.min(100, sum(healthy) + sum(degraded))
  const panic = sets.map((set) => total < 100 && isInPanic(set, settings.panicThresholdPercent))
  if (total === 0 || !panic.includes(false))
    return { healthy: loadInTotalPanic(sets), degraded: sets.map(() => 0), panic }
  return { ...distribute(healthy, degraded, total), panic }
}

/** The load when these priorities are left out; undefined when nothing is available elsewhere. */
export function priorityLoadWithout(
  excluded: ReadonlySet<number>,
  sets: readonly HostSet[],
  settings: PriorityLoadSettings,
): Omit<PriorityLoad, 'panic'> | undefined {
  const kept = (hosts: (set: HostSet) => HostSet['all']) =>
    sets.map((set, priority) =>
      excluded.has(priority) ? 0 : availability(set, hosts(set), settings.policyOf(priority)),
    )
  const healthy = kept((set) => set.healthy)
  const degraded = kept((set) => set.degraded)
  const total = Math.min(100, sum(healthy) + sum(degraded))
  return total === 0 ? undefined : distribute(healthy, degraded, total)
}

function availability(set: HostSet, available: HostSet['all'], policy: PriorityHealthPolicy): number {
  const of = (hosts: HostSet['all']) =>
    policy.weightedPriorityHealth ? hosts.reduce((n, host) => n + host.weight, 0) : hosts.length
  const counted = of(set.all) - of(set.excluded)
  return counted <= 0 ? 0 : Math.min(100, Math.floor((policy.overprovisioningFactor * of(available)) / counted))
}

export function isInPanic(set: HostSet, thresholdPercent: number): boolean {
  const counted = set.all.length - set.excluded.length
  const available = set.healthy.length + set.degraded.length
  return (counted <= 0 ? 0 : (100 * available) / counted) < thresholdPercent
}

/** Every priority is in panic: by number of hosts. */
function loadInTotalPanic(sets: readonly HostSet[]): number[] {
  const total = sum(sets.map((set) => set.all.length))
  if (total === 0) return sets.map((_, priority) => (priority === 0 ? 100 : 0))
  const load = sets.map((set) => Math.floor((100 * set.all.length) / total))
  const first = sets.findIndex((set) => set.all.length > 0)
  load[first] = load[first]! + 100 - sum(load)
  return load
}

function distribute(
  healthy: readonly number[],
  degraded: readonly number[],
  total: number,
): Omit<PriorityLoad, 'panic'> {
  let left = 100
  const take = (available: number): number => {
    const load = Math.min(left, Math.floor((available * 100) / total))
    left -= load
    return load
  }
  const healthyLoad = healthy.map(take)
  const degradedLoad = degraded.map(take)
  // What rounding left over goes to the first priority that can serve.
  const firstHealthy = healthy.findIndex((available) => available > 0)
  if (firstHealthy >= 0) healthyLoad[firstHealthy] = healthyLoad[firstHealthy]! + left
  else {
    const firstDegraded = degraded.findIndex((available) => available > 0)
    degradedLoad[firstDegraded] = degradedLoad[firstDegraded]! + left
  }
  return { healthy: healthyLoad, degraded: degradedLoad }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
