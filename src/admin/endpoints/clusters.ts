/** /clusters: limits of each cluster and what happened to each of its hosts. */
import { TextChunks } from '../../base/text-chunks.ts'
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
      const out = new TextChunks()
      for (const cluster of list) out.add(clusterText(cluster))
      return text(out.bytes)
    },
  }
}

/** Envoy's order is that of a hash table, which for two or three clusters is that of their names from the end. */
function inOrder(clusters: readonly AdminCluster[]): readonly AdminCluster[] {
  return clusters.toSorted((a, b) => (a.name < b.name ? 1 : -1))
}

/** Written without lists in between: there may be ten thousand clusters. */
function clusterText(cluster: AdminCluster): string {
  const { name, observabilityName, outlier, edsServiceName, hosts } = cluster
  const of = `${name}::`
  let out = `${of}observability_name::${observabilityName}\n`
  if (outlier !== undefined) {
    const { external, local } = outlier
    out +=
      `${of}outlier::success_rate_average::${sixDigits(external.average)}\n` +
      `${of}outlier::success_rate_ejection_threshold::${sixDigits(external.threshold)}\n` +
      `${of}outlier::local_origin_success_rate_average::${sixDigits(local.average)}\n` +
      `${of}outlier::local_origin_success_rate_ejection_threshold::${sixDigits(local.threshold)}\n`
  }
  out += thresholdText(`${of}default_priority::`, cluster.defaultThresholds)
  out += thresholdText(`${of}high_priority::`, cluster.highThresholds)
  out += `${of}added_via_api::${cluster.addedViaApi}\n`
  if (edsServiceName !== undefined) out += `${of}eds_service_name::${edsServiceName}\n`
  for (const host of hosts) out += hostText(`${of}${host.address.text}::`, host)
  return out
}

/** As Envoy writes these; the rates of hosts have all their digits. */
function sixDigits(value: number): number {
  return Number(value.toPrecision(6))
}

function thresholdText(of: string, limits: AdminThresholds): string {
  return (
    `${of}max_connections::${limits.maxConnections}\n` +
    `${of}max_pending_requests::${limits.maxPendingRequests}\n` +
    `${of}max_requests::${limits.maxRequests}\n` +
    `${of}max_retries::${limits.maxRetries}\n`
  )
}

function hostText(of: string, host: AdminHost): string {
  const { stats, locality, healthFlags } = host
  const health = healthFlags.length === 0 ? 'healthy' : healthFlags.map((flag) => `/${flag}`).join('')
  return (
    `${of}cx_active::${stats.cxActive}\n` +
    `${of}cx_connect_fail::${stats.cxConnectFail}\n` +
    `${of}cx_total::${stats.cxTotal}\n` +
    `${of}rq_active::${stats.rqActive}\n` +
    `${of}rq_error::${stats.rqError}\n` +
    `${of}rq_pending_active::${stats.rqPendingActive}\n` +
    `${of}rq_success::${stats.rqSuccess}\n` +
    `${of}rq_timeout::${stats.rqTimeout}\n` +
    `${of}rq_total::${stats.rqTotal}\n` +
    `${of}hostname::${host.hostname}\n` +
    `${of}health_flags::${health}\n` +
    `${of}weight::${host.weight}\n` +
    `${of}region::${locality.region}\n` +
    `${of}zone::${locality.zone}\n` +
    `${of}sub_zone::${locality.subZone}\n` +
    `${of}canary::${host.canary}\n` +
    `${of}priority::${host.priority}\n` +
    `${of}success_rate::${host.successRate ?? -1}\n` +
    `${of}local_origin_success_rate::${host.localOriginSuccessRate ?? -1}\n`
  )
}
