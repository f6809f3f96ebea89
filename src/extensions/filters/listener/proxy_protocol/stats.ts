/** Counters under `proxy_proto.[<stat_prefix>.]`. */
import type { Counter, Scope } from '../../../../api/stats.ts'

export interface ProxyProtocolStats {
  readonly v1: VersionStats
  readonly v2: VersionStats
  readonly notFoundAllowed: Counter
  readonly notFoundDisallowed: Counter
  /** Older than the others, and without a prefix. */
  readonly errors: Counter
}

export interface VersionStats {
  readonly found: Counter
  readonly disallowed: Counter
  readonly error: Counter
}

export function createProxyProtocolStats(root: Scope, statPrefix: string): ProxyProtocolStats {
  const scope = root.scope(statPrefix === '' ? 'proxy_proto.' : `proxy_proto.${statPrefix}.`)
  return {
    v1: createVersionStats(scope.scope('versions.v1.')),
    v2: createVersionStats(scope.scope('versions.v2.')),
    notFoundAllowed: scope.counter('not_found_allowed'),
    notFoundDisallowed: scope.counter('not_found_disallowed'),
    errors: root.counter('downstream_cx_proxy_proto_error'),
  }
}

function createVersionStats(scope: Scope): VersionStats {
  return { found: scope.counter('found'), disallowed: scope.counter('disallowed'), error: scope.counter('error') }
}
