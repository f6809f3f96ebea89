/** The route of a mirrored request: to one cluster, with a time limit and nothing else. */
import type { Route, RouteEntry, VirtualHost } from '../../api/route.ts'
import { NO_RATE_LIMITS } from '../rate-limit/rate-limit-policy.ts'
import { routeTimeouts } from '../timeouts.ts'

const VIRTUAL_HOST: VirtualHost = {
  name: '',
  routeConfigName: '',
  includeAttemptCountInRequest: false,
  includeAttemptCountInResponse: false,
  includeIsTimeoutRetryHeader: false,
  rateLimits: NO_RATE_LIMITS,
  cors: undefined,
  virtualCluster: () => undefined,
}

const NONE: readonly unknown[] = []

export function shadowRoute(clusterName: string, timeoutMs: number): Route {
  return {
    name: '',
    virtualHost: VIRTUAL_HOST,
    entry: { ...ENTRY, clusterName, timeoutMs, timeouts: routeTimeouts(timeoutMs, undefined, false) },
    directResponse: undefined,
    perFilterConfig: () => undefined,
    perFilterConfigs: () => NONE,
    filterEnabled: () => undefined,
    metadata: undefined,
  }
}

const ENTRY: Omit<RouteEntry, 'clusterName' | 'timeoutMs' | 'timeouts'> = {
  clusterNotFoundStatus: 503,
  idleTimeoutMs: undefined,
  maxStreamDurationMs: undefined,
  grpcTimeoutHeader: undefined,
  usesStreamDuration: false,
  maxGrpcTimeout: undefined,
  priority: 'default',
  autoHostRewrite: false,
  stats: undefined,
  bodyBufferLimitBytes: undefined,
  retryPolicy: undefined,
  hedgesOnPerTryTimeout: false,
  appendXForwardedHost: false,
  rateLimits: NO_RATE_LIMITS,
  includeVirtualHostRateLimits: false,
  cors: undefined,
  metadataMatch: undefined,
  hashPolicy: undefined,
  mirrorPolicies: [],
  connectConfig: undefined,
  internalRedirectPolicy: undefined,
  upgradeEnabled: () => undefined,
  finalizeRequestHeaders: () => undefined,
  finalizeResponseHeaders: () => undefined,
}
