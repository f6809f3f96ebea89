/** How policies take localities into account, in both forms of their configuration. */
import type { Reader } from '../../../api/config.ts'
import { readHashPolicy } from '../../../router/hash-policy.ts'
import type { ConsistentHashing, LocalityPolicy, ZoneAwareRouting } from './policy.ts'

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
  const hashing = {
    useHostname: reader.bool('use_hostname_for_hashing', false),
    balanceFactor: reader.number('hash_balance_factor', 0),
  }
  // The message of common_lb_config has no such field.
  if (reader.json['hash_policy'] === undefined) return hashing
  readHashPolicy(reader)
  return { ...hashing, hashPolicy: reader.json['hash_policy'] }
}

function readLocality(reader: Reader): LocalityPolicy {
  const localityWeighted = reader.message('locality_weighted_lb_config', () => true) ?? false
  const zones = reader.message('zone_aware_lb_config', (zoneAware) => ({
    failTrafficOnPanic: zoneAware.bool('fail_traffic_on_panic', false),
    zoneAware: readZoneAware(zoneAware, reader.type === LOCALITY_CONFIG),
  }))
  return { localityWeighted, failTrafficOnPanic: false, ...zones }
}

const LOCALITY_CONFIG = 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig'

export const DEFAULT_ZONE_AWARE: ZoneAwareRouting = {
  routingEnabledPercent: 100,
  minClusterSize: 6,
  forceLocalZoneMinSize: undefined,
  basis: 'hosts',
}

/** `inExtension`: the message of policies by extension, which has more fields than that of common_lb_config. */
function readZoneAware(reader: Reader, inExtension: boolean): ZoneAwareRouting {
  const enabled = reader.message('routing_enabled', (percent) => percent.number('value', 0))
  return {
    routingEnabledPercent: Math.round(enabled ?? DEFAULT_ZONE_AWARE.routingEnabledPercent),
    minClusterSize: reader.number('min_cluster_size', DEFAULT_ZONE_AWARE.minClusterSize),
    forceLocalZoneMinSize: inExtension ? readForceLocalZone(reader) : undefined,
    basis: inExtension ? readBasis(reader) : 'hosts',
  }
}

/** The newer field counts before the older one. */
function readForceLocalZone(reader: Reader): number | undefined {
  const older = reader.bool('force_locality_direct_routing', false)
  const minSize = reader.message('force_local_zone', (force) => force.number('min_size', 1))
  return minSize ?? (older ? 1 : undefined)
}

function readBasis(reader: Reader): ZoneAwareRouting['basis'] {
  return reader.enumeration('locality_basis', 'HEALTHY_HOSTS_NUM') === 'HEALTHY_HOSTS_NUM' ? 'hosts' : 'weights'
}
