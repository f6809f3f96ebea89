/** envoy.load_balancing_policies.cluster_provided: the cluster has a way to choose hosts of its own. */
import type { Extension } from '../../../api/extension.ts'
import type { ClusterProvided } from '../../../upstream/config/policies/policy.ts'

export const extension: Extension<ClusterProvided, 'envoy.load_balancing_policies'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.cluster_provided',
  typeNames: ['envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse: () => ({ kind: 'cluster_provided' }),
  create: (policy) => policy,
}
