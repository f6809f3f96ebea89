/** envoy.load_balancing_policies.wrr_locality */
import type { Reader } from '../../../api/config.ts'
import type { Extension, ParseContext } from '../../../api/extension.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'
import { readInnerPolicyList } from '../../../upstream/config/policies/policy-list.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.wrr_locality',
  typeNames: ['envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: readWrrLocality,
  create: (policy) => policy,
}

/** Envoy knows one policy for the hosts of a locality. */
function readWrrLocality(reader: Reader, context: ParseContext): LbPolicy {
  const field = 'endpoint_picking_policy'
  let isFound = true
  const policy = readInnerPolicyList(reader, field, context, () => {
    isFound = false
    return 'No supported endpoint picking policy.'
  })
  if (!isFound) return policy
  if (policy.kind === 'round_robin' && policy.orca !== undefined) return { ...policy, localityWeighted: true }
  const message =
    'Currently WrrLocalityLoadBalancer only supports ClientSideWeightedRoundRobinLoadBalancer as its endpoint picking policy.'
  reader.error(field, 'NU162', message)
  return policy
}
