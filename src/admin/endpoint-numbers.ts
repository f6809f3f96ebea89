/** What the hosts of clusters with `per_endpoint_stats` count, as /stats lists it and sinks get it. */
import type { HostNumber } from '../stats/render/host-number.ts'
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
  const tags = [
    { name: 'envoy.cluster_name', value: cluster },
    { name: 'envoy.endpoint_address', value: address.text },
    ...(hostname === '' ? [] : [{ name: 'envoy.endpoint_hostname', value: hostname }]),
  ]
  const number = (type: HostNumber['type'], name: string, value: number): HostNumber => {
    return { name: prefix + name, value, type, base: `cluster.endpoint.${name}`, tags }
  }
  return [
    ...Object.entries(COUNTERS).map(([name, key]) => number('Counters', name, stats[key])),
    ...Object.entries(GAUGES).map(([name, key]) => number('Gauges', name, stats[key])),
    number('Gauges', 'healthy', health === 'healthy' ? 1 : 0),
  ]
}
