/** envoy.config.cluster.v3.LoadBalancingPolicy: of several the first one that is known counts, which is the first. */
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import type { ClusterProvided, LbPolicy } from './policy.ts'

const ROUND_ROBIN: LbPolicy = { kind: 'round_robin', localityWeighted: false, failTrafficOnPanic: false }

/** That of a cluster. */
export function readPolicyList(
  outer: Reader,
  field: string,
  clusterName: string,
  context: ParseContext,
): LbPolicy | ClusterProvided {
  let policy: LbPolicy | ClusterProvided | undefined
  let entries = 0
  outer.message(field, (list) => {
    list.messages('policies', (entry, index) => {
      entries++
      if (index > 0) return void entry.keep()
      entry.message('typed_extension_config', (config) => {
        // Every extension of this category returns one of them.
        const found = context.namedExtension(config, 'envoy.load_balancing_policies')
        policy = found?.config as LbPolicy | ClusterProvided | undefined
      })
    })
  })
  if (entries === 0) {
    const message = `cluster: didn't find a registered load balancer factory implementation for cluster: '${clusterName}' with names from []`
    outer.error(field, 'NU162', message)
  }
  return policy ?? ROUND_ROBIN
}

/** One that another policy is made of; a cluster that chooses by itself is none of those. */
export function readInnerPolicyList(outer: Reader, field: string, context: ParseContext): LbPolicy {
  const policy = readPolicyList(outer, field, '', context)
  if (policy.kind !== 'cluster_provided') return policy
  outer.unsupported(field, 'cluster_provided within another policy')
  return ROUND_ROBIN
}
