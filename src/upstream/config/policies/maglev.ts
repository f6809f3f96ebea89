/** MaglevLbConfig of a cluster and envoy.extensions.load_balancing_policies.maglev.v3.Maglev. */
import type { Reader } from '../../../api/config.ts'
import { NO_HASHING, readConsistentHashing } from './locality.ts'
import type { ConsistentHashing, MaglevPolicy } from './policy.ts'

const DEFAULT_TABLE_SIZE = 65_537

export function readLegacyMaglev(cluster: Reader, hashing: ConsistentHashing): MaglevPolicy {
  const { useHostname, balanceFactor, localityWeighted } = hashing
  const tableSize = cluster.message('maglev_lb_config', readTableSize) ?? DEFAULT_TABLE_SIZE
  return { kind: 'maglev', tableSize, useHostname, balanceFactor, localityWeighted }
}

export function readMaglev(maglev: Reader): MaglevPolicy {
  return {
    kind: 'maglev',
    tableSize: readTableSize(maglev),
    ...(maglev.message('consistent_hashing_lb_config', readConsistentHashing) ?? NO_HASHING),
    localityWeighted: maglev.message('locality_weighted_lb_config', () => true) ?? false,
  }
}

function readTableSize(maglev: Reader): number {
  const size = maglev.number('table_size', DEFAULT_TABLE_SIZE)
  if (!isPrime(size)) maglev.error('table_size', 'NU162', 'The table size of maglev must be prime number')
  return size
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return number > 1
}
