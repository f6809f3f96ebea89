/** envoy.config.cluster.v3.Cluster.CommonLbConfig: what all balancing policies share. */
import type { Reader } from '../../api/config.ts'
import type { Health } from '../host-snapshot.ts'
import { healthOf } from '../host-snapshot.ts'
import type { HealthStatus } from './load-assignment.ts'

export interface CommonLbSettings {
  /** Percentage of available hosts below which health is ignored. */
  readonly healthyPanicPercent: number
  /** In panic, fail instead of using hosts that are not healthy. */
  readonly failTrafficOnPanic: boolean
  readonly closeConnectionsOnHostSetChange: boolean
  /** Of hosts that a filter may choose by name. */
  readonly overridableHealth: readonly Health[]
}

const DEFAULTS: CommonLbSettings = {
  healthyPanicPercent: 50,
  failTrafficOnPanic: false,
  closeConnectionsOnHostSetChange: false,
  overridableHealth: ['healthy', 'degraded'],
}

export function readCommonLb(cluster: Reader): CommonLbSettings {
  return cluster.message('common_lb_config', readSettings) ?? DEFAULTS
}

function readSettings(reader: Reader): CommonLbSettings {
  reader.ignore('update_merge_window', 'only what health checks find is merged, and there are none')
  reader.ignore('ignore_new_hosts_until_first_hc', 'no health check has a first round')
  reader.ignore('consistent_hashing_lb_config', 'for RING_HASH and MAGLEV')
  return {
    healthyPanicPercent:
      reader.message('healthy_panic_threshold', (percent) => percent.number('value', 0)) ??
      DEFAULTS.healthyPanicPercent,
    failTrafficOnPanic: reader.message('zone_aware_lb_config', readZoneAware) ?? DEFAULTS.failTrafficOnPanic,
    closeConnectionsOnHostSetChange: reader.bool('close_connections_on_host_set_change', false),
    overridableHealth:
      reader.message('override_host_status', (set) => set.enumerations<HealthStatus>('statuses').map(healthOf)) ??
      DEFAULTS.overridableHealth,
  }
}

function readZoneAware(zoneAware: Reader): boolean {
  const reason = 'balancing by zone needs a local cluster, which is refused where it is named'
  for (const field of ['routing_enabled', 'min_cluster_size', 'force_locality_direct_routing']) {
    zoneAware.ignore(field, reason)
  }
  return zoneAware.bool('fail_traffic_on_panic', false)
}
