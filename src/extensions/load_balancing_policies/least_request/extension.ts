/** envoy.load_balancing_policies.least_request */
import type { Extension } from '../../../api/extension.ts'
import { readLeastRequestFields } from '../../../upstream/config/policies/least-request.ts'
import { readLocalityConfig } from '../../../upstream/config/policies/locality.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.least_request',
  typeNames: ['envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader) => ({
    ...readLeastRequestFields(reader),
    ...readLocalityConfig(reader),
    // The older switch is nothing to Envoy any more where the method is chosen by name.
    fullScan:
      reader.bool('enable_full_scan', false) ||
      reader.enumeration<'N_CHOICES' | 'FULL_SCAN'>('selection_method', 'N_CHOICES') === 'FULL_SCAN',
  }),
  create: (policy) => policy,
}
