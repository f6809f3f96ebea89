/**
 * envoy.config.cluster.v3.Cluster.CommonLbConfig: what all balancing policies share;
 * for the rest see policies/locality.ts.
 */
import type { Reader } from '../../api/config.ts'
import type { HealthStatus } from './load-assignment.ts'
import type { LegacyLocality } from './policies/locality.ts'
import { NO_LOCALITY, readLegacyLocality } from './policies/locality.ts'

export interface CommonLbSettings {
  /** Percentage of available hosts below which health is ignored. */
  readonly healthyPanicPercent: number
  /** What it says to the policy that lb_policy names. */
  readonly locality: LegacyLocality
  readonly closeConnectionsOnHostSetChange: boolean
  /** ms in which what only changes health, weights and metadata is gathered; 0: none. */
  readonly updateMergeWindowMs: number
  /** A host does not count before its first health check. */
  readonly ignoreNewHostsUntilFirstHc: boolean
  /** Of hosts that a filter may choose by name; just these, one does not stand for another. */
  readonly overridableStatuses: readonly HealthStatus[]
}

const DEFAULTS: CommonLbSettings = {
  healthyPanicPercent: 50,
  locality: NO_LOCALITY,
  closeConnectionsOnHostSetChange: false,
  updateMergeWindowMs: 1000,
  ignoreNewHostsUntilFirstHc: false,
  overridableStatuses: ['UNKNOWN', 'HEALTHY', 'DEGRADED'],
}

export function readCommonLb(cluster: Reader): CommonLbSettings {
  return (
    cluster.message('common_lb_config', (common) => {
      if (cluster.has('load_balancing_policy')) refusePartial(common)
      return readSettings(common)
    }) ?? DEFAULTS
  )
}

/** They are the policy's own to say. */
function refusePartial(common: Reader): void {
  const partial = PARTIAL_FIELDS.find((field) => common.has(field))
  if (partial === undefined) return
  const message = `cluster: load_balancing_policy cannot be combined with partial fields (${PARTIAL_FIELDS.join(', ')}) of common_lb_config`
  common.error(partial, 'NU162', message)
}

const PARTIAL_FIELDS = ['zone_aware_lb_config', 'locality_weighted_lb_config', 'consistent_hashing_lb_config']

function readSettings(reader: Reader): CommonLbSettings {
  return {
    healthyPanicPercent:
      reader.message('healthy_panic_threshold', (percent) => percent.number('value', 0)) ??
      DEFAULTS.healthyPanicPercent,
    locality: readLegacyLocality(reader),
    closeConnectionsOnHostSetChange: reader.bool('close_connections_on_host_set_change', false),
    updateMergeWindowMs: reader.durationMs('update_merge_window', DEFAULTS.updateMergeWindowMs),
    ignoreNewHostsUntilFirstHc: reader.bool('ignore_new_hosts_until_first_hc', false),
    overridableStatuses:
      reader.message('override_host_status', (set) => set.enumerations<HealthStatus>('statuses')) ??
      DEFAULTS.overridableStatuses,
  }
}
