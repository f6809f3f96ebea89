/** `include_eds`: the present hosts of every cluster as ClusterLoadAssignments, one group a priority and locality. */
import type { Json } from '../../api/config.ts'
import { addressMessage } from '../address-message.ts'
import type { AdminCluster, AdminHost } from '../admin-deps.ts'
import { localityMessage } from '../cluster-status.ts'

export function endpointConfigs(clusters: readonly AdminCluster[]): readonly Json[] {
  return clusters.map(({ assignmentName, hosts, overprovisioningFactor, hasLocalityWeights }) => ({
    endpoint_config: {
      '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
      cluster_name: assignmentName,
      ...(hosts.length === 0 ? {} : { endpoints: grouped(hosts).map((list) => group(list, hasLocalityWeights)) }),
      policy: { overprovisioning_factor: overprovisioningFactor },
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

function group(hosts: readonly AdminHost[], hasWeight: boolean): Json {
  const [first] = hosts
  if (first === undefined) return {}
  return {
    locality: localityMessage(first.locality),
    lb_endpoints: hosts.map(lbEndpoint),
    ...(hasWeight ? { load_balancing_weight: first.localityWeight } : {}),
    ...(first.priority === 0 ? {} : { priority: first.priority }),
  }
}

function lbEndpoint(host: AdminHost): Json {
  const { hostname, healthCheckPort, healthCheckHostname, metadata, additionalAddresses = [] } = host
  return {
    endpoint: {
      address: addressMessage(host.address),
      health_check_config: {
        ...(healthCheckPort === 0 ? {} : { port_value: healthCheckPort }),
        ...(healthCheckHostname === '' ? {} : { hostname: healthCheckHostname }),
      },
      ...(hostname === '' ? {} : { hostname }),
      ...(additionalAddresses.length > 0 && {
        additional_addresses: additionalAddresses.map((address) => ({ address: addressMessage(address) })),
      }),
    },
    health_status: host.health.toUpperCase(),
    ...(metadata === undefined ? {} : { metadata }),
    load_balancing_weight: host.weight,
  }
}
