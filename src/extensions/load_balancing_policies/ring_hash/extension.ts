/** envoy.load_balancing_policies.ring_hash */
import type { Extension } from '../../../api/extension.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'
import { readRingHash } from '../../../upstream/config/policies/ring-hash.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.ring_hash',
  typeNames: ['envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: readRingHash,
  create: (policy) => policy,
}
