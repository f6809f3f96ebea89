/** envoy.config.cluster.v3.LoadBalancingPolicy: of several the first one that is known counts, which is the first. */
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import type { LbPolicy } from './policy.ts'

const ROUND_ROBIN: LbPolicy = { kind: 'round_robin', localityWeighted: false, failTrafficOnPanic: false }

export function readPolicyList(outer: Reader, field: string, clusterName: string, context: ParseContext): LbPolicy {
  let policy: LbPolicy | undefined
  let entries = 0
  outer.message(field, (list) => {
    list.messages('policies', (entry, index) => {
      entries++
      if (index > 0) return void entry.keep()
      entry.message('typed_extension_config', (config) => {
        // Every extension of this category returns an LbPolicy.
        policy = context.namedExtension(config, 'envoy.load_balancing_policies')?.config as LbPolicy | undefined
      })
    })
  })
  if (entries === 0) {
    const message = `cluster: didn't find a registered load balancer factory implementation for cluster: '${clusterName}' with names from []`
    outer.error(field, 'NU162', message)
  }
  return policy ?? ROUND_ROBIN
}
