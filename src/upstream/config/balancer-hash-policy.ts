/** A balancing policy may say what is hashed; it then counts instead of the route's and of the cluster's own. */
import type { Json } from '../../api/config.ts'
import type { UpstreamHttpSettings } from './http-settings.ts'
import type { LbPolicy } from './policies/policy.ts'

export function withBalancerHashPolicy(http: UpstreamHttpSettings, policy: LbPolicy): UpstreamHttpSettings {
  const hashPolicy = hashPolicyOf(policy)
  return hashPolicy === undefined ? http : { ...http, policies: { ...http.policies, hash_policy: hashPolicy } }
}

function hashPolicyOf(policy: LbPolicy): Json | undefined {
  switch (policy.kind) {
    case 'ring_hash':
    case 'maglev':
      return policy.hashPolicy
    case 'subset':
    case 'load_aware_locality':
      return hashPolicyOf(policy.within)
    case 'override_host':
      return hashPolicyOf(policy.fallback)
    default:
      return undefined
  }
}
