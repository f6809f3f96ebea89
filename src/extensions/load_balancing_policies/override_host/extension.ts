/** envoy.load_balancing_policies.override_host */
import type { Extension } from '../../../api/extension.ts'
import { readOverrideHost } from '../../../upstream/config/policies/override-host.ts'
import type { LbPolicy } from '../../../upstream/config/policies/policy.ts'
import { readInnerPolicyList } from '../../../upstream/config/policies/policy-list.ts'

export const extension: Extension<LbPolicy, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.override_host',
  typeNames: ['envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: (reader, context) =>
    readOverrideHost(reader, readInnerPolicyList(reader, 'fallback_policy', context, noFallback)),
  create: (policy) => policy,
}

function noFallback(names: string): string {
  return `dynamic forwarding LB: didn't find a registered fallback load balancer factory with names from ${names}`
}
