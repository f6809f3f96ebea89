/** What others may know of a cluster on a thread. */
import type { Message } from '../api/config.ts'
import type { Scope } from '../api/stats.ts'
import type {
  ClusterHttpPolicies,
  ClusterInfo,
  DynamicForwardProxyInfo,
  Locality,
  ResourcePriority,
  SubClusters,
} from '../api/upstream.ts'
import type { SharedResourceManager } from './circuit-breakers/resource-manager.ts'
import { createTracking } from './cluster-tracking.ts'
import type { ThreadClusterSettings } from './thread-settings.ts'
import { ScopedTrafficStats } from './traffic-stats.ts'

export interface ClusterInfoDeps {
  /** Where each host is a cluster of its own. */
  readonly subClusters?: SubClusters
  /** Where this proxy is; undefined: nobody said. */
  readonly locality: Locality | undefined
  /** Parses `UpstreamHttpSettings.policies` again; absent where no requests are made. `scope` is the cluster's. */
  readonly httpPolicies?: (options: Message, scope: Scope) => ClusterHttpPolicies | undefined
}

/** `scope`: `cluster.<name>.` */
export function createClusterInfo(
  settings: ThreadClusterSettings,
  scope: Scope,
  resources: Readonly<Record<ResourcePriority, SharedResourceManager>>,
  deps: ClusterInfoDeps,
): ClusterInfo {
  const { name, observabilityName, perConnectionBufferLimitBytes, connectTimeoutMs, metadata, http } = settings
  return {
    name,
    observabilityName,
    scope,
    perConnectionBufferLimitBytes,
    connectTimeoutMs,
    maintenanceModeRuntimeKey: `upstream.maintenance_mode.${name}`,
    maxStreamDurationMs: http.maxStreamDurationMs,
    stats: new ScopedTrafficStats(scope, deps.locality?.zone ?? ''),
    metadata,
    resources: (priority) => resources[priority],
    httpPolicies: http.policies && deps.httpPolicies?.(http.policies, scope),
    upstreamPool: settings.upstreamPool,
    tracking: createTracking(scope, settings.track),
    features: NO_FEATURES,
    dynamicForwardProxy: dynamicForwardProxyInfo(settings, deps.subClusters),
  }
}

function dynamicForwardProxyInfo(
  { provided }: ThreadClusterSettings,
  subClusters: SubClusters | undefined,
): DynamicForwardProxyInfo | undefined {
  return provided?.kind === 'dynamic_forward_proxy' && provided.isKnownByName ? { subClusters } : undefined
}

const NO_FEATURES = { http2: false, tls: false }
