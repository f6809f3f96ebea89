/** `dns_cache.<name>.`: statistics of a DNS cache (Envoy docs: configuration/http/http_filters/dynamic_forward_proxy_filter). */
import type { Counter, Gauge, Scope } from '../../api/stats.ts'

const COUNTERS = [
  'cache_load',
  'dns_address_filter_out',
  'dns_query_attempt',
  'dns_query_failure',
  'dns_query_success',
  'dns_query_timeout',
  'dns_rq_pending_overflow',
  'host_added',
  'host_address_changed',
  'host_overflow',
  'host_removed',
] as const

export type DnsCacheStats = Readonly<Record<(typeof COUNTERS)[number], Counter>> & { readonly num_hosts: Gauge }

export function dnsCacheScope(root: Scope, cacheName: string): Scope {
  const scope = root.scope('dns_cache')
  return cacheName === '' ? scope : scope.scope(cacheName)
}

export function createDnsCacheStats(scope: Scope): DnsCacheStats {
  const counters = Object.fromEntries(COUNTERS.map((name) => [name, scope.counter(name)]))
  return { ...(counters as Record<(typeof COUNTERS)[number], Counter>), num_hosts: scope.gauge('num_hosts') }
}
