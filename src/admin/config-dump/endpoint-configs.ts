/** `include_eds`: the present hosts of every cluster as ClusterLoadAssignments, one group a priority and locality. */
import type { Json } from '../../api/config.ts'
import { addressMessage } from '../address-message.ts'
import type { AdminCluster, AdminHost } from '../admin-deps.ts'
import { localityMessage, shownHealth } from '../cluster-status.ts'

const OVERPROVISIONING_FACTOR = 140

export function endpointConfigs(clusters: readonly AdminCluster[]): readonly Json[] {
  return clusters.map(({ name, hosts }) => ({
    endpoint_config: {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: name,
      ...(hosts.length === 0 ? {} : { endpoints: grouped(hosts).map(group) }),
      policy: { overprovisioning_factor: OVERPROVISIONING_FACTOR },
    },
  }))
}

function grouped(hosts: readonly AdminHost[]): readonly (readonly AdminHost[])[] {
  const groups = new Map<string, AdminHost[]>()
  for (const host of hosts) {
    const { region, zone, subZone } = host.locality
    const key = JSON.stringify([host.priority, region, zone, subZone])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [host])
    else group.push(host)
  }
  return [...groups.values()]
}

function group(hosts: readonly AdminHost[]): Json {
  const [first] = hosts
  if (first === undefined) return {}
  return {
    locality: localityMessage(first.locality),
    lb_endpoints: hosts.map((host) => ({
      endpoint: {
        address: addressMessage(host.address),
        health_check_config: {},
        ...(host.hostname === '' ? {} : { hostname: host.hostname }),
      },
      health_status: shownHealth(host),
      load_balancing_weight: host.weight,
    })),
    load_balancing_weight: 0,
    ...(first.priority === 0 ? {} : { priority: first.priority }),
  }
}
