/** envoy.load_balancing_policies.subset */
import type { Extension } from '../../../api/extension.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'
import { readInnerPolicyList } from '../../../upstream/config/policies/policy-list.ts'
import { readSubset } from '../../../upstream/config/policies/subset.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.subset',
  typeNames: ['envoy.extensions.load_balancing_policies.subset.v3.Subset'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader, context) => ({
    ...readSubset(reader, readInnerPolicyList(reader, 'subset_lb_policy', context, noPolicy)),
    allowsRedundantKeys: reader.bool('allow_redundant_keys', false),
  }),
  create: (policy) => policy,
}

function noPolicy(names: string): string {
  return `cluster: didn't find a registered load balancer factory implementation for subset lb with names from [${names}]`
}
