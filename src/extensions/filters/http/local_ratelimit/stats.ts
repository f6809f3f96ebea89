/** `<stat_prefix>.http_local_rate_limit.`, of the whole server: not below the connection manager's prefix. */
import type { Counter, Scope } from '../../../../api/stats.ts'

export interface LocalRateLimitStats {
  readonly enabled: Counter
  readonly enforced: Counter
  readonly rateLimited: Counter
  readonly ok: Counter
  readonly shadowMode: Counter
}

export function createLocalRateLimitStats(scope: Scope, statPrefix: string): LocalRateLimitStats {
  const own = scope.scope(`${statPrefix}.http_local_rate_limit.`)
  return {
    enabled: own.counter('enabled'),
    enforced: own.counter('enforced'),
    rateLimited: own.counter('rate_limited'),
    ok: own.counter('ok'),
    shadowMode: own.counter('shadow_mode'),
  }
}
