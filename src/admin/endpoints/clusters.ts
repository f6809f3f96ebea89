/** /clusters: limits of each cluster and what happened to each of its hosts. */
import type { AdminCluster, AdminHost, AdminThresholds } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { json, text } from '../admin-endpoint.ts'
import { clusterStatus } from '../cluster-status.ts'
import { compileSearch } from '../compile-search.ts'

export function clustersEndpoint(clusters: () => readonly AdminCluster[]): AdminEndpoint {
  return {
    path: '/clusters',
    help: 'upstream cluster status',
    mutates: false,
    params: [{ name: 'filter', help: 'Regular expression (Google re2) for filtering clusters by name' }],
    handle({ params }) {
      let wanted: (name: string) => boolean
      try {
        wanted = compileSearch(params.first('filter') ?? '')
      } catch {
        return text('Invalid re2 regex', 400)
      }
      const list = inOrder(clusters().filter(({ name }) => wanted(name)))
      if (params.first('format') === 'json')
        return json(list.length === 0 ? {} : { cluster_statuses: list.map(clusterStatus) })
      return text(
        list
          .flatMap(clusterLines)
          .map((line) => `${line}\n`)
          .join(''),
      )
    },
  }
}

/** Envoy's order is that of a hash table, which for two or three clusters is that of their names from the end. */
function inOrder(clusters: readonly AdminCluster[]): readonly AdminCluster[] {
  return clusters.toSorted((a, b) => (a.name < b.name ? 1 : -1))
}

function clusterLines({ name, observabilityName, addedViaApi, ...cluster }: AdminCluster): readonly string[] {
  return [
    `observability_name::${observabilityName}`,
    ...outlierLines(cluster.outlier),
    ...thresholdLines('default', cluster.defaultThresholds),
    ...thresholdLines('high', cluster.highThresholds),
    `added_via_api::${addedViaApi}`,
    ...(cluster.edsServiceName === undefined ? [] : [`eds_service_name::${cluster.edsServiceName}`]),
    ...cluster.hosts.flatMap(hostLines),
  ].map((line) => `${name}::${line}`)
}

function outlierLines(outlier: AdminCluster['outlier']): readonly string[] {
  if (outlier === undefined) return []
  const { external, local } = outlier
  return [
    `outlier::success_rate_average::${external.average}`,
    `outlier::success_rate_ejection_threshold::${external.threshold}`,
    `outlier::local_origin_success_rate_average::${local.average}`,
    `outlier::local_origin_success_rate_ejection_threshold::${local.threshold}`,
  ]
}

function thresholdLines(priority: 'default' | 'high', limits: AdminThresholds): readonly string[] {
  return [
    `max_connections::${limits.maxConnections}`,
    `max_pending_requests::${limits.maxPendingRequests}`,
    `max_requests::${limits.maxRequests}`,
    `max_retries::${limits.maxRetries}`,
  ].map((line) => `${priority}_priority::${line}`)
}

function hostLines({ address, stats, locality, ...host }: AdminHost): readonly string[] {
  const health = host.healthFlags.map((flag) => `/${flag}`).join('')
  return [
    `cx_active::${stats.cxActive}`,
    `cx_connect_fail::${stats.cxConnectFail}`,
    `cx_total::${stats.cxTotal}`,
    `rq_active::${stats.rqActive}`,
    `rq_error::${stats.rqError}`,
    `rq_pending_active::${stats.rqPendingActive}`,
    `rq_success::${stats.rqSuccess}`,
    `rq_timeout::${stats.rqTimeout}`,
    `rq_total::${stats.rqTotal}`,
    `hostname::${host.hostname}`,
    `health_flags::${health === '' ? 'healthy' : health}`,
    `weight::${host.weight}`,
    `region::${locality.region}`,
    `zone::${locality.zone}`,
    `sub_zone::${locality.subZone}`,
    `canary::${host.canary}`,
    `priority::${host.priority}`,
    `success_rate::${host.successRate ?? -1}`,
    `local_origin_success_rate::${host.localOriginSuccessRate ?? -1}`,
  ].map((line) => `${address.text}::${line}`)
}
