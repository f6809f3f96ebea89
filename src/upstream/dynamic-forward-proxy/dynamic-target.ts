/** Where a request goes whatever its headers say: `envoy.upstream.dynamic_host` and `envoy.upstream.dynamic_port`. */
import type { FilterState } from '../../api/stream-info.ts'
import type { ClusterInfo } from '../../api/upstream.ts'

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
