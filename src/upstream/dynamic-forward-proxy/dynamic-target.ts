/** Where a request goes whatever its headers say: `envoy.upstream.dynamic_host` and `envoy.upstream.dynamic_port`. */
import type { FilterState } from '../../api/stream-info.ts'
import type { ClusterInfo, LoadBalancerContext } from '../../api/upstream.ts'
import { hostAndPort } from '../dns-cache/authority.ts'

const MAX_PORT = 65_535

export function dynamicHost(state: FilterState): string | undefined {
  return state.get('envoy.upstream.dynamic_host')?.serializeAsString()
}

/** undefined as well for what is no port. */
export function dynamicPort(state: FilterState): number | undefined {
  const port = state.get('envoy.upstream.dynamic_port')?.serializeAsJson?.()
  return typeof port === 'number' && port > 0 && port <= MAX_PORT ? port : undefined
}

/** Of a host without a port. */
export function defaultPort({ features }: ClusterInfo): number {
  return features.tls ? 443 : 80
}

/**
 * The host that a request to `cluster` wants, with its port: of the filter state, of its :authority, or the server name of a
 * connection. '': it names none.
 */
export function wantedHost(context: LoadBalancerContext, cluster: ClusterInfo): string {
  const { streamInfo, requestHeaders, downstreamConnection } = context
  const named = streamInfo && dynamicHost(streamInfo.filterState)
  const raw = named ?? (requestHeaders ? requestHeaders.authority : downstreamConnection?.info.requestedServerName)
  if (raw === undefined || raw === '') return ''
  return hostAndPort(raw, (streamInfo && dynamicPort(streamInfo.filterState)) ?? defaultPort(cluster))
}
