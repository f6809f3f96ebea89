/** From a policy to its balancer. */
import type { LbPolicy } from '../config/policies/policy.ts'
import type { Balancer, LoadBalancerDeps, LoadBalancerSettings } from './balancer.ts'
import { HashBalancer } from './hash/hash-balancer.ts'
import type { HostSet } from './host-set.ts'
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
    case 'round_robin':
    case 'least_request':
    case 'random':
      return new LoadBalancer(policy, settings, sets, deps)
  }
}
