/** envoy.load_balancing_policies.random */
import type { Extension } from '../../../api/extension.ts'
import { readLocalityConfig } from '../../../upstream/config/policies/locality.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.random',
  typeNames: ['envoy.extensions.load_balancing_policies.random.v3.Random'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader) => ({ kind: 'random', ...readLocalityConfig(reader) }),
  create: (policy) => policy,
}
