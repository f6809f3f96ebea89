/** What others may know of a cluster on a thread. */
import type { Scope } from '../api/stats.ts'
import type { ClusterInfo, Locality, ResourcePriority } from '../api/upstream.ts'
import type { SharedResourceManager } from './resource-manager.ts'
import type { ThreadClusterSettings } from './thread-settings.ts'
import { ScopedTrafficStats } from './traffic-stats.ts'

/** `scope`: `cluster.<name>.`; `locality`: where this proxy is. */
export function createClusterInfo(
  settings: ThreadClusterSettings,
  scope: Scope,
  locality: Locality | undefined,
  resources: Readonly<Record<ResourcePriority, SharedResourceManager>>,
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
    stats: new ScopedTrafficStats(scope, locality?.zone ?? ''),
    metadata,
    resources: (priority) => resources[priority],
    features: NO_FEATURES,
  }
}

const NO_FEATURES = { http2: false, tls: false }
