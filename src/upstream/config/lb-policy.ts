/** Which balancing policy a cluster uses: lb_policy, or the first entry of load_balancing_policy. */
import type { Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'

export type LbPolicy = 'ROUND_ROBIN' | 'RANDOM'

/** What the `parse` of an extension of category envoy.load_balancing_policies returns. */
export interface LbPolicyConfig {
  readonly policy: LbPolicy
}

export function readLbPolicy(cluster: Reader, context: ParseContext): LbPolicy {
  const named = cluster.enumeration<string>('lb_policy', 'ROUND_ROBIN')
  if (cluster.has('load_balancing_policy')) return readPolicyList(cluster, context)
  if (named === 'ROUND_ROBIN') {
    cluster.message('round_robin_lb_config', () => undefined)
    return 'ROUND_ROBIN'
  }
  if (named === 'RANDOM') return 'RANDOM'
  if (named === 'LOAD_BALANCING_POLICY_CONFIG') {
    const message = 'cluster: field load_balancing_policy need to be set'
    cluster.error('lb_policy', 'NU162', message)
  } else if (named === 'CLUSTER_PROVIDED' && !mayProvidePolicy(cluster)) {
    const name = cluster.json['name']
    const message = `cluster manager: cluster provided LB specified but cluster '${String(name)}' did not provide one. Check cluster documentation.`
    cluster.error('lb_policy', 'NU162', message)
  } else cluster.unsupported('lb_policy', `the balancing policy ${named}`)
  return 'ROUND_ROBIN'
}

/** Clusters of Envoy's that bring their own policy; they are refused for what they are. */
function mayProvidePolicy(cluster: Reader): boolean {
  return cluster.has('cluster_type') || cluster.json['type'] === 'ORIGINAL_DST'
}

/** The first policy that is known counts; Envoy knows everything that passes here, so it is the first. */
function readPolicyList(cluster: Reader, context: ParseContext): LbPolicy {
  let policy: LbPolicy | undefined
  let entries = 0
  cluster.message('load_balancing_policy', (list) => {
    list.messages('policies', (entry, index) => {
      entries++
      if (index > 0) return void entry.keep()
      entry.message('typed_extension_config', (config) => {
        const resolved = context.namedExtension(config, 'envoy.load_balancing_policies')
        // Every extension of this category returns an LbPolicyConfig.
        policy = (resolved?.config as LbPolicyConfig | undefined)?.policy
      })
    })
  })
  if (entries === 0) {
    const name = String(cluster.json['name'])
    const message = `cluster: didn't find a registered load balancer factory implementation for cluster: '${name}' with names from []`
    cluster.error('load_balancing_policy', 'NU162', message)
  }
  return policy ?? 'ROUND_ROBIN'
}
