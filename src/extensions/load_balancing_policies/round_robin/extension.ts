/** envoy.load_balancing_policies.round_robin */
import type { Extension } from '../../../api/extension.ts'
import type { LbPolicyConfig } from '../../../upstream/config/lb-policy.ts'

export const extension: Extension<LbPolicyConfig, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.round_robin',
  typeNames: ['envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: () => ({ policy: 'ROUND_ROBIN' }),
  create: (config) => config,
}
