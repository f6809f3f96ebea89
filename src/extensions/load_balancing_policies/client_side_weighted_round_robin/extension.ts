/** envoy.load_balancing_policies.client_side_weighted_round_robin */
import type { Extension } from '../../../api/extension.ts'
import { readClientSideWeightedRoundRobin } from '../../../upstream/config/policies/orca.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.client_side_weighted_round_robin',
  typeNames: [
    'envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin',
  ],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: readClientSideWeightedRoundRobin,
  create: (policy) => policy,
}
