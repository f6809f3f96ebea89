/** Which balancing policy a cluster uses: lb_policy with its *_lb_config, or the first entry of load_balancing_policy. */
import type { Reader } from '../../api/config.ts'
import { below } from '../../config/below.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { LbPolicy, LocalityPolicy } from './policies/policy.ts'
import { readLeastRequest } from './policies/least-request.ts'
import { readLegacyMaglev } from './policies/maglev.ts'
import { readPolicyList } from './policies/policy-list.ts'
import { readLegacyRingHash } from './policies/ring-hash.ts'
import { readRoundRobin } from './policies/round-robin.ts'
import { readLegacySubset } from './policies/subset.ts'
import type { LegacyLocality } from './policies/locality.ts'
import { NO_LOCALITY } from './policies/locality.ts'

/**
 * `locality`: what common_lb_config says. `provided`: the cluster has a way of its own, and what is returned does not count;
 * undefined: nobody knows.
 */
export function readLbPolicy(
  cluster: Reader,
  locality: LegacyLocality,
  provided: boolean | undefined,
  context: ParseContext,
): LbPolicy {
  const named = cluster.enumeration<string>('lb_policy', 'ROUND_ROBIN')
  if (cluster.has('load_balancing_policy')) return readListed(cluster, provided, context)
  checkLocalityWeights(cluster)
  if (provided === (named !== 'CLUSTER_PROVIDED')) refuseOtherBalancing(cluster, 'lb_policy', provided)
  if (named === 'CLUSTER_PROVIDED') return readProvided(cluster)
  const policy = readNamed(cluster, named, locality)
  return readLegacySubset(cluster, policy) ?? policy
}

/** Also where there are no subsets to choose from. */
function checkLocalityWeights(cluster: Reader): void {
  if (below(cluster.json, 'lb_subset_config', 'locality_weight_aware') !== true) return
  if (below(cluster.json, 'common_lb_config', 'locality_weighted_lb_config') !== undefined) return
  const what = 'Locality weight aware subset LB requires that a locality_weighted_lb_config be set in'
  cluster.error('lb_subset_config', 'NU162', `${what} ${cluster.string('name')}`)
}

/** What other policies are configured with counts as little as it does for any other policy. */
function readProvided(cluster: Reader): LbPolicy {
  ignoreOtherConfigs(cluster, '')
  // Without selectors there are no subsets.
  if (cluster.message('lb_subset_config', (subset) => subset.keep()['subset_selectors'] !== undefined) === true) {
    const message = 'cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config'
    cluster.error('lb_subset_config', 'NU162', message)
  }
  return fallback(NO_LOCALITY)
}

/** The cluster brings a way to choose hosts and must use it, or brings none. */
function refuseOtherBalancing(cluster: Reader, field: string, provided: boolean): void {
  const name = String(cluster.json['name'])
  const what = provided
    ? `cluster provided LB not specified but cluster '${name}' provided one`
    : `cluster provided LB specified but cluster '${name}' did not provide one`
  cluster.error(
    cluster.has(field) ? field : undefined,
    'NU162',
    `cluster manager: ${what}. Check cluster documentation.`,
  )
}

/** By lb_policy; what the other *_lb_config say is nothing to Envoy either. */
function readNamed(cluster: Reader, named: string, locality: LegacyLocality): LbPolicy {
  ignoreOtherConfigs(cluster, named)
  switch (named) {
    case 'ROUND_ROBIN':
      return (
        cluster.message('round_robin_lb_config', (reader) => readRoundRobin(reader, choiceByLocality(locality))) ??
        fallback(locality)
      )
    case 'LEAST_REQUEST':
      return readLeastRequest(cluster, 'least_request_lb_config', choiceByLocality(locality))
    case 'RANDOM':
      return { kind: 'random', ...choiceByLocality(locality) }
    case 'RING_HASH':
      return readLegacyRingHash(cluster, locality)
    case 'MAGLEV':
      return readLegacyMaglev(cluster, locality)
    default:
      refuse(cluster, named)
      return fallback(locality)
  }
}

function fallback(locality: LegacyLocality): LbPolicy {
  return { kind: 'round_robin', ...choiceByLocality(locality) }
}

function choiceByLocality({ localityWeighted, failTrafficOnPanic, zoneAware }: LegacyLocality): LocalityPolicy {
  return { localityWeighted, failTrafficOnPanic, ...(zoneAware === undefined ? {} : { zoneAware }) }
}

function ignoreOtherConfigs(cluster: Reader, named: string): void {
  for (const [field, policy] of Object.entries(CONFIGS)) {
    if (policy !== named) cluster.ignore(field, `for ${policy}`)
  }
}

const CONFIGS = {
  round_robin_lb_config: 'ROUND_ROBIN',
  least_request_lb_config: 'LEAST_REQUEST',
  ring_hash_lb_config: 'RING_HASH',
  maglev_lb_config: 'MAGLEV',
} as const

function refuse(cluster: Reader, named: string): void {
  if (named === 'LOAD_BALANCING_POLICY_CONFIG') {
    cluster.error('lb_policy', 'NU162', 'cluster: field load_balancing_policy need to be set')
  } else cluster.unsupported('lb_policy', `the balancing policy ${named}`)
}

/** Takes the place of lb_policy and of all that goes with it. */
function readListed(cluster: Reader, provided: boolean | undefined, context: ParseContext): LbPolicy {
  ignoreOtherConfigs(cluster, '')
  if (cluster.has('lb_subset_config')) {
    cluster.message('lb_subset_config', (subset) => subset.keep())
    cluster.error(
      'lb_subset_config',
      'NU162',
      'cluster: load_balancing_policy cannot be combined with lb_subset_config',
    )
  }
  const name = String(cluster.json['name'])
  const policy = readPolicyList(cluster, 'load_balancing_policy', context, (names) => {
    return `cluster: didn't find a registered load balancer factory implementation for cluster: '${name}' with names from [${names}]`
  })
  const choosesByItself = policy.kind === 'cluster_provided'
  if (provided === !choosesByItself) refuseOtherBalancing(cluster, 'load_balancing_policy', provided)
  return choosesByItself ? fallback(NO_LOCALITY) : policy
}
