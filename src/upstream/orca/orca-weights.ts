/**
 * Gives the hosts of a cluster the weights that follow from their reports of load, on the main thread, once a period and
 * whenever hosts come or go. A host that has not told (for long enough, or lately) gets the median of the others in its
 * priority.
 */
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { LbPolicy, OrcaWeighting } from '../config/policies/policy.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { ORCA } from '../shared-layout.ts'
import { NEVER, ageOf } from './orca-time.ts'

/** undefined: the policy does not care. */
export function orcaWeightingOf(policy: LbPolicy): OrcaWeighting | undefined {
  switch (policy.kind) {
    case 'round_robin':
      return policy.orca
    case 'subset':
    case 'load_aware_locality':
      return orcaWeightingOf(policy.within)
    case 'override_host':
      return orcaWeightingOf(policy.fallback)
    default:
      return undefined
  }
}

/** The same list where no weight changes. */
export function withOrcaWeights(
  hosts: readonly HostDescription[],
  weighting: OrcaWeighting,
  wallNow: number,
): readonly HostDescription[] {
  const told = hosts.map((host) => toldWeight(host, weighting, wallNow))
  const medians = new Map<number, number>()
  let changed = false
  const weighed = hosts.map((host, at) => {
    let weight = told[at]
    if (weight === undefined) {
      weight = medians.get(host.priority)
      if (weight === undefined) {
        weight = median(told.filter((each, other) => each !== undefined && hosts[other]!.priority === host.priority))
        medians.set(host.priority, weight)
      }
    }
    if (weight === host.weight) return host
    changed = true
    return { ...host, weight }
  })
  return changed ? weighed : hosts
}

function toldWeight({ counters }: HostDescription, weighting: OrcaWeighting, wallNow: number): number | undefined {
  const shared = new SharedCounters(counters)
  const since = shared.get(ORCA.since)
  if (since === NEVER || ageOf(since, wallNow) < weighting.blackoutMs) return undefined
  if (ageOf(shared.get(ORCA.updated), wallNow) > weighting.expirationMs) {
    // The wait begins again with the next report.
    shared.set(ORCA.since, NEVER)
    return undefined
  }
  return Math.max(1, shared.get(ORCA.weight) >>> 0)
}

/** Of an even number of weights the mean of the two in the middle; 1 without any. */
function median(weights: readonly (number | undefined)[]): number {
  const sorted = weights.filter((weight) => weight !== undefined).sort((a, b) => a - b)
  if (sorted.length === 0) return 1
  const upper = sorted[sorted.length >> 1]!
  if (sorted.length % 2 === 1) return upper
  return Math.floor((sorted[(sorted.length >> 1) - 1]! + upper) / 2)
}
