/** What the hosts of clusters with `per_endpoint_stats` count, as /stats lists it. */
import type { HostNumber } from '../stats/render/host-number.ts'
import { escaped } from '../stats/render/prometheus-name.ts'
import { sanitizeScopeName } from '../stats/sanitize-name.ts'
import type { AdminCluster, AdminHost } from './admin-deps.ts'

const COUNTERS = {
  cx_connect_fail: 'cxConnectFail',
  cx_total: 'cxTotal',
  rq_error: 'rqError',
  rq_success: 'rqSuccess',
  rq_timeout: 'rqTimeout',
  rq_total: 'rqTotal',
} as const
const GAUGES = { cx_active: 'cxActive', rq_active: 'rqActive', rq_pending_active: 'rqPendingActive' } as const

/** By cluster, then in the order of its hosts. */
export function endpointNumbers(clusters: readonly AdminCluster[]): readonly HostNumber[] {
  return clusters
    .toSorted((a, b) => (a.observabilityName < b.observabilityName ? -1 : 1))
    .flatMap(({ observabilityName, hosts }) => hosts.flatMap((host) => numbersOf(observabilityName, host)))
}

function numbersOf(cluster: string, { address, hostname, stats, health }: AdminHost): readonly HostNumber[] {
  const prefix = `cluster.${cluster}.endpoint.${sanitizeScopeName(address.text)}.`
  const named = hostname === '' ? '' : `,envoy_endpoint_hostname="${escaped(hostname)}"`
  const labels = `envoy_cluster_name="${escaped(cluster)}",envoy_endpoint_address="${escaped(address.text)}"${named}`
  const number = (type: HostNumber['type'], name: string, value: number): HostNumber => {
    return { name: prefix + name, value, type, metric: `envoy_cluster_endpoint_${name}`, labels }
  }
  return [
    ...Object.entries(COUNTERS).map(([name, key]) => number('Counters', name, stats[key])),
    ...Object.entries(GAUGES).map(([name, key]) => number('Gauges', name, stats[key])),
    number('Gauges', 'healthy', health === 'healthy' ? 1 : 0),
  ]
}
