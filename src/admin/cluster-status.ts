/** admin.v3.ClusterStatus in JSON: fields at their default are left out, as protobuf does. */
import type { Message } from '../api/config.ts'
import type { Locality } from '../api/upstream.ts'
import type { AdminCluster, AdminHost, AdminThresholds } from './admin-deps.ts'
import { addressMessage } from './address-message.ts'

export function clusterStatus(cluster: AdminCluster): object {
  return {
    name: cluster.name,
    ...(cluster.addedViaApi ? { added_via_api: true } : {}),
    ...percent('success_rate_ejection_threshold', cluster.outlier?.external.threshold),
    ...(cluster.hosts.length === 0 ? {} : { host_statuses: cluster.hosts.map(hostStatus) }),
    circuit_breakers: {
      thresholds: [thresholds(cluster.defaultThresholds), { priority: 'HIGH', ...thresholds(cluster.highThresholds) }],
    },
    ...percent('local_origin_success_rate_ejection_threshold', cluster.outlier?.local.threshold),
    observability_name: cluster.observabilityName,
    ...(cluster.edsServiceName === undefined ? {} : { eds_service_name: cluster.edsServiceName }),
  }
}

function thresholds(limits: AdminThresholds): object {
  return {
    max_connections: limits.maxConnections,
    max_pending_requests: limits.maxPendingRequests,
    max_requests: limits.maxRequests,
    max_retries: limits.maxRetries,
  }
}

/** The flags of /clusters that have a field of their own in HostHealthStatus. */
const HEALTH_FIELDS: Readonly<Record<string, string>> = {
  failed_active_hc: 'failed_active_health_check',
  failed_outlier_check: 'failed_outlier_check',
  degraded_active_hc: 'failed_active_degraded_check',
  degraded_outlier_detection: 'failed_degraded_outlier_detection',
  pending_dynamic_removal: 'pending_dynamic_removal',
  pending_active_hc: 'pending_active_hc',
  excluded_via_immediate_hc_fail: 'excluded_via_immediate_hc_fail',
  active_hc_timeout: 'active_hc_timeout',
}

function hostStatus(host: AdminHost): object {
  const { stats, locality } = host
  const health = host.healthFlags.flatMap((flag) => HEALTH_FIELDS[flag] ?? []).map((field) => [field, true] as const)
  return {
    address: addressMessage(host.address),
    stats: [
      counter('cx_connect_fail', stats.cxConnectFail),
      counter('cx_total', stats.cxTotal),
      counter('rq_error', stats.rqError),
      counter('rq_success', stats.rqSuccess),
      counter('rq_timeout', stats.rqTimeout),
      counter('rq_total', stats.rqTotal),
      { type: 'GAUGE', ...counter('cx_active', stats.cxActive) },
      { type: 'GAUGE', ...counter('rq_active', stats.rqActive) },
      { type: 'GAUGE', ...counter('rq_pending_active', stats.rqPendingActive) },
    ],
    health_status: { ...Object.fromEntries(health), eds_health_status: shownHealth(host) },
    ...percent('success_rate', host.successRate),
    weight: host.weight,
    ...(host.hostname === '' ? {} : { hostname: host.hostname }),
    ...(host.priority === 0 ? {} : { priority: host.priority }),
    ...percent('local_origin_success_rate', host.localOriginSuccessRate),
    locality: localityMessage(locality),
  }
}

/** type.v3.Percent, where it is known. */
function percent(field: string, value = -1): object {
  if (value < 0) return {}
  return { [field]: value === 0 ? {} : { value } }
}

/** An endpoint about which nothing was said counts as healthy, and is shown so. */
function shownHealth({ edsHealthStatus }: AdminHost): string {
  if (edsHealthStatus === 'TIMEOUT') return 'UNHEALTHY'
  return edsHealthStatus === 'UNKNOWN' ? 'HEALTHY' : edsHealthStatus
}

/** config.core.v3.Locality */
export function localityMessage({ region, zone, subZone }: Locality): Message {
  return {
    ...(region === '' ? {} : { region }),
    ...(zone === '' ? {} : { zone }),
    ...(subZone === '' ? {} : { sub_zone: subZone }),
  }
}

/** admin.v3.SimpleMetric: the value, a 64-bit number, is a text. */
function counter(name: string, value: number): { name: string; value?: string } {
  return value === 0 ? { name } : { value: String(value), name }
}
