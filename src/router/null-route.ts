/** The route of a request that no route table knows (Envoy's NullRouteImpl): to one cluster, with little else. */
import type { HashPolicy, RetryPolicy, Route, RouteEntry, VirtualHost } from '../api/route.ts'
import { NO_RATE_LIMITS } from './rate-limit/rate-limit-policy.ts'
import { routeTimeouts } from './timeouts.ts'

export interface NullRouteOptions {
  /** 0: none. */
  readonly timeoutMs: number
  readonly retryPolicy?: RetryPolicy | undefined
  readonly hashPolicy?: HashPolicy | undefined
  readonly bodyBufferLimitBytes?: number | undefined
}

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

export function nullRoute(clusterName: string, options: NullRouteOptions): Route {
  const { timeoutMs, retryPolicy, hashPolicy, bodyBufferLimitBytes } = options
  const timeouts = routeTimeouts(timeoutMs, retryPolicy, false)
  return {
    name: '',
    virtualHost: VIRTUAL_HOST,
    entry: { ...ENTRY, clusterName, timeoutMs, timeouts, retryPolicy, hashPolicy, bodyBufferLimitBytes },
    directResponse: undefined,
    perFilterConfig: () => undefined,
    perFilterConfigs: () => NONE,
    filterEnabled: () => undefined,
    metadata: undefined,
  }
}

const ENTRY: Omit<RouteEntry, 'clusterName' | 'timeouts' | keyof NullRouteOptions> = {
  clusterNotFoundStatus: 503,
  idleTimeoutMs: undefined,
  maxStreamDurationMs: undefined,
  grpcTimeoutHeader: undefined,
  usesStreamDuration: false,
  maxGrpcTimeout: undefined,
  priority: 'default',
  autoHostRewrite: false,
  stats: undefined,
  hedgesOnPerTryTimeout: false,
  appendXForwardedHost: false,
  rateLimits: NO_RATE_LIMITS,
  includeVirtualHostRateLimits: false,
  cors: undefined,
  metadataMatch: undefined,
  mirrorPolicies: [],
  connectConfig: undefined,
  internalRedirectPolicy: undefined,
  upgradeEnabled: () => undefined,
  finalizeRequestHeaders: () => undefined,
  finalizeResponseHeaders: () => undefined,
}
