/** envoy.load_balancing_policies.random */
import type { Extension } from '../../../api/extension.ts'
import type { LbPolicyConfig } from '../../../upstream/config/lb-policy.ts'

export const extension: Extension<LbPolicyConfig, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.random',
  typeNames: ['envoy.extensions.load_balancing_policies.random.v3.Random'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: () => ({ policy: 'RANDOM' }),
  create: (config) => config,
}
