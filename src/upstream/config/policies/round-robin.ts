/** RoundRobinLbConfig of a cluster and envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin. */
import type { Reader } from '../../../api/config.ts'
import type { LocalityPolicy, RoundRobinPolicy } from './policy.ts'
import { readSlowStart } from './slow-start.ts'

export function readRoundRobin(reader: Reader, locality: LocalityPolicy): RoundRobinPolicy {
  return { kind: 'round_robin', ...locality, slowStart: readSlowStart(reader) }
}
