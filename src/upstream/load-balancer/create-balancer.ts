/** From a policy to its balancer. */
import type { LbPolicy, LoadAwareLocalityPolicy } from '../config/policies/policy.ts'
import type { Balancer, LoadBalancerDeps, LoadBalancerSettings } from './balancer.ts'
import { HashBalancer } from './hash/hash-balancer.ts'
import type { HostSet } from './host-set.ts'
import { LoadAwareBalancer } from './load-aware-balancer.ts'
import { LoadBalancer } from './load-balancer.ts'
import { OverrideHostBalancer } from './override-host-balancer.ts'
import { SubsetBalancer } from './subset/subset-balancer.ts'

/** `sets`: by priority; there is one at least. */
export function createBalancer(
  policy: LbPolicy,
  settings: LoadBalancerSettings,
  sets: readonly HostSet[],
  deps: LoadBalancerDeps,
): Balancer {
  switch (policy.kind) {
    case 'ring_hash':
    case 'maglev':
      return new HashBalancer(policy, settings, sets, deps)
    case 'subset':
      return new SubsetBalancer(policy, sets, deps, (within) => createBalancer(policy.within, settings, within, deps))
    case 'override_host':
      return new OverrideHostBalancer(policy, sets, createBalancer(policy.fallback, settings, sets, deps))
    case 'load_aware_locality':
      return createLoadAware(policy, settings, sets, deps)
    case 'round_robin':
    case 'least_request':
    case 'random':
      return new LoadBalancer(policy, settings, sets, deps)
  }
}

function createLoadAware(
  { within }: LoadAwareLocalityPolicy,
  settings: LoadBalancerSettings,
  sets: readonly HostSet[],
  outer: LoadBalancerDeps,
): Balancer {
  const { traffic } = outer
  // Localities are chosen already.
  const deps = { ...outer, zones: undefined, traffic: undefined }
  // The cluster of whoever asks has seen to it.
  if (traffic === undefined) throw new Error('no traffic of localities')
  // Tables of hashes are over all hosts, so that equal hashes find equal hosts whatever the localities get.
  const hashed =
    within.kind === 'ring_hash' || within.kind === 'maglev' ? createBalancer(within, settings, sets, deps) : undefined
  const create = (inner: readonly HostSet[]): Balancer => {
    if (within.kind !== 'override_host') return hashed ?? createBalancer(within, settings, inner, deps)
    // Named hosts are looked for by nobody below this policy, as in Envoy: the fallback chooses.
    return new OverrideHostBalancer(within, [], createBalancer(within.fallback, settings, inner, deps))
  }
  return new LoadAwareBalancer(settings, sets, traffic, deps, create)
}
