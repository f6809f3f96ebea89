/** envoy.load_balancing_policies.round_robin */
import type { Extension } from '../../../api/extension.ts'
import { readLocalityConfig } from '../../../upstream/config/policies/locality.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'
import { readRoundRobin } from '../../../upstream/config/policies/round-robin.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.round_robin',
  typeNames: ['envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader) => readRoundRobin(reader, readLocalityConfig(reader)),
  create: (policy) => policy,
}
