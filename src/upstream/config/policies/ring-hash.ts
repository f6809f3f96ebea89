/** RingHashLbConfig of a cluster and envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash. */
import type { Reader } from '../../../api/config.ts'
import { readConsistentHashing } from './locality.ts'
import type { ConsistentHashing, RingHashPolicy } from './policy.ts'

const DEFAULT_MINIMUM = 1024
const DEFAULT_MAXIMUM = 8 * 1024 * 1024

type HashFunction = RingHashPolicy['hashFunction']
type Sizes = Pick<RingHashPolicy, 'hashFunction' | 'minimumRingSize' | 'maximumRingSize'>

const DEFAULTS: Sizes = { hashFunction: 'XX_HASH', minimumRingSize: DEFAULT_MINIMUM, maximumRingSize: DEFAULT_MAXIMUM }

export function readLegacyRingHash(cluster: Reader, hashing: ConsistentHashing): RingHashPolicy {
  const { useHostname, balanceFactor, localityWeighted } = hashing
  const sizes =
    cluster.message('ring_hash_lb_config', (ring) =>
      readSizes(ring, ring.enumeration<HashFunction>('hash_function', 'XX_HASH')),
    ) ?? DEFAULTS
  return { kind: 'ring_hash', ...sizes, useHostname, balanceFactor, localityWeighted }
}

export function readRingHash(ring: Reader): RingHashPolicy {
  const named = ring.enumeration<HashFunction | 'DEFAULT_HASH'>('hash_function', 'DEFAULT_HASH')
  const older = {
    useHostname: ring.bool('use_hostname_for_hashing', false),
    balanceFactor: ring.number('hash_balance_factor', 0),
  }
  return {
    kind: 'ring_hash',
    ...readSizes(ring, named === 'DEFAULT_HASH' ? 'XX_HASH' : named),
    ...(ring.message('consistent_hashing_lb_config', readConsistentHashing) ?? older),
    localityWeighted: ring.message('locality_weighted_lb_config', () => true) ?? false,
  }
}

function readSizes(ring: Reader, hashFunction: HashFunction): Sizes {
  const minimumRingSize = ring.number('minimum_ring_size', DEFAULT_MINIMUM)
  const maximumRingSize = ring.number('maximum_ring_size', DEFAULT_MAXIMUM)
  if (minimumRingSize > maximumRingSize) {
    const message = `ring hash: minimum_ring_size (${minimumRingSize}) > maximum_ring_size (${maximumRingSize})`
    ring.error(ring.has('minimum_ring_size') ? 'minimum_ring_size' : 'maximum_ring_size', 'NU162', message)
  }
  return { hashFunction, minimumRingSize, maximumRingSize }
}
