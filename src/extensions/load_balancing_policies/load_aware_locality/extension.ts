/** envoy.load_balancing_policies.load_aware_locality */
import type { Extension } from '../../../api/extension.ts'
import { readLoadAwareLocality } from '../../../upstream/config/policies/load-aware-locality.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.load_aware_locality',
  typeNames: ['envoy.extensions.load_balancing_policies.load_aware_locality.v3.LoadAwareLocality'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: readLoadAwareLocality,
  create: (policy) => policy,
}
