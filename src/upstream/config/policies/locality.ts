/** How policies take localities into account, in both forms of their configuration. */
import type { Reader } from '../../../api/config.ts'
import type { ConsistentHashing, LocalityPolicy } from './policy.ts'

/** What common_lb_config says to all policies. */
export interface LegacyLocality extends LocalityPolicy, ConsistentHashing {}

export const NO_LOCALITY: LegacyLocality = {
  localityWeighted: false,
  failTrafficOnPanic: false,
  useHostname: false,
  balanceFactor: 0,
}

export function readLegacyLocality(common: Reader): LegacyLocality {
  return {
    ...readLocality(common),
    ...(common.message('consistent_hashing_lb_config', readConsistentHashing) ?? NO_HASHING),
  }
}

export const NO_HASHING: Omit<ConsistentHashing, 'localityWeighted'> = { useHostname: false, balanceFactor: 0 }

/** `locality_lb_config` of a policy's own message. */
export function readLocalityConfig(policy: Reader): LocalityPolicy {
  const locality = policy.message('locality_lb_config', readLocality)
  return locality ?? { localityWeighted: false, failTrafficOnPanic: false }
}

export function readConsistentHashing(reader: Reader): Omit<ConsistentHashing, 'localityWeighted'> {
  return {
    useHostname: reader.bool('use_hostname_for_hashing', false),
    balanceFactor: reader.number('hash_balance_factor', 0),
  }
}

function readLocality(reader: Reader): LocalityPolicy {
  return {
    localityWeighted: reader.message('locality_weighted_lb_config', () => true) ?? false,
    failTrafficOnPanic: reader.message('zone_aware_lb_config', readZoneAware) ?? false,
  }
}

function readZoneAware(zoneAware: Reader): boolean {
  const reason = 'balancing by zone needs a local cluster, which is refused where it is named'
  const fields = [
    'routing_enabled',
    'min_cluster_size',
    'force_locality_direct_routing',
    'force_local_zone',
    'locality_basis',
  ]
  for (const field of fields) if (zoneAware.has(field)) zoneAware.ignore(field, reason)
  return zoneAware.bool('fail_traffic_on_panic', false)
}
