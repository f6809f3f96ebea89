/** envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig and PerRouteConfig, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { DnsCacheSettings } from '../../../../api/dns-cache.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import { readDnsCacheField } from '../../../../upstream/dns-cache/dns-cache-config.ts'

export interface DynamicForwardProxyConfig {
  readonly cache: DnsCacheSettings
  /** How long a request waits for a cluster of its host's own. */
  readonly clusterInitTimeoutMs: number
  /** The address is left in the filter state. */
  readonly savesUpstreamAddress: boolean
  /** The filter state may name the host. */
  readonly followsFilterState: boolean
}

/** What a route says: which host is meant instead. */
export interface DynamicForwardProxyPerRoute {
  /** '': the one of the request. */
  readonly hostLiteral: string
  /** Lower case; '': none. */
  readonly hostHeader: string
}

export function parseDynamicForwardProxy(reader: Reader, context: ParseContext): DynamicForwardProxyConfig {
  return {
    cache: readDnsCacheField(reader, context),
    clusterInitTimeoutMs: readClusterInitTimeout(reader),
    savesUpstreamAddress: reader.bool('save_upstream_address', false),
    followsFilterState: reader.bool('allow_dynamic_host_from_filter_state', false),
  }
}

const CLUSTER_INIT_TIMEOUT_MS = 5000

function readClusterInitTimeout(reader: Reader): number {
  const timeout = reader.message('sub_cluster_config', (sub) => {
    return sub.durationMs('cluster_init_timeout', CLUSTER_INIT_TIMEOUT_MS)
  })
  return timeout ?? CLUSTER_INIT_TIMEOUT_MS
}

export function parsePerRoute(reader: Reader): DynamicForwardProxyPerRoute {
  return {
    hostLiteral: reader.string('host_rewrite_literal'),
    hostHeader: reader.string('host_rewrite_header').toLowerCase(),
  }
}
