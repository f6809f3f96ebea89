/** An address where a name could stand is its own answer: Envoy asks its resolver, counts that, and takes it as the name. */
import type { Address } from '../../api/network.ts'
import type { UpdateStats } from '../cluster-stats.ts'

/** `given`: the endpoint's own hostname, '' for none. */
export function hostnameOfLiteral(given: string, address: Address): string {
  return given === '' && address.kind === 'ip' ? address.ip : given
}

export function countLiteral(stats: UpdateStats): void {
  stats.update_attempt.inc()
  stats.update_success.inc()
}
