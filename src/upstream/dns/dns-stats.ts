/** `dns.cares.`: statistics of lookups under the names of Envoy's resolver. */
import type { Counter, Gauge, Scope } from '../../api/stats.ts'

export class DnsStats {
  readonly resolveTotal: Counter
  readonly notFound: Counter
  readonly getAddrFailure: Counter
  readonly timeouts: Counter
  readonly reinits: Counter
  readonly pendingResolutions: Gauge

  constructor(root: Scope) {
    const scope = root.scope('dns').scope('cares')
    this.resolveTotal = scope.counter('resolve_total')
    this.notFound = scope.counter('not_found')
    this.getAddrFailure = scope.counter('get_addr_failure')
    this.timeouts = scope.counter('timeouts')
    this.pendingResolutions = scope.gauge('pending_resolutions')
    this.reinits = scope.counter('reinits')
  }
}
