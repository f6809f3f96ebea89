/** envoy.load_balancing_policies.maglev */
import type { Extension } from '../../../api/extension.ts'
import { readMaglev } from '../../../upstream/config/policies/maglev.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.maglev',
  typeNames: ['envoy.extensions.load_balancing_policies.maglev.v3.Maglev'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: readMaglev,
  create: (policy) => policy,
}
