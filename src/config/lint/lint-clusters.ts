/* NU206: clusters that can never have a host. */
import type { Message } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import type { Place } from './walk.ts'
import { messageAt, messagesAt, rootPlace } from './walk.ts'

export function lintClusters(bootstrap: Message): Finding[] {
  const clusters = messagesAt(messageAt(rootPlace(bootstrap), 'static_resources'), 'clusters')
  return clusters.flatMap((cluster) => {
    const type = cluster.message['type'] ?? 'STATIC'
    const named = type === 'STATIC' || type === 'STRICT_DNS' || type === 'LOGICAL_DNS'
    if (!named || cluster.message['cluster_type'] !== undefined || hasEndpoints(cluster)) return []
    const finding: Finding = {
      id: 'NU206',
      severity: 'warning',
      message: `${String(type)} cluster "${String(cluster.message['name'] ?? '')}" has no endpoints: every request to it gets 503`,
      path: cluster.path,
      of: 'value',
      hint: 'add load_assignment.endpoints',
    }
    return finding
  })
}

function hasEndpoints(cluster: Place): boolean {
  return messagesAt(messageAt(cluster, 'load_assignment'), 'endpoints').some(
    ({ message }) =>
      hasItems(message['lb_endpoints']) ||
      message['load_balancer_endpoints'] !== undefined ||
      message['leds_cluster_locality_config'] !== undefined,
  )
}

function hasItems(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0
}
