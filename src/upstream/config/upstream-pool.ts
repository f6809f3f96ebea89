/** upstream_config: what requests of a cluster are carried by, whatever they are. */
import type { Reader } from '../../api/config.ts'

/** undefined: HTTP, or plain connections for tunnels that end here. */
export type UpstreamPoolKind = 'http' | 'tcp' | undefined

const KINDS: ReadonlyMap<string, UpstreamPoolKind> = new Map<string, UpstreamPoolKind>([
  ['envoy.extensions.upstreams.http.generic.v3.GenericConnectionPoolProto', undefined],
  ['envoy.extensions.upstreams.http.http.v3.HttpConnectionPoolProto', 'http'],
  ['envoy.extensions.upstreams.http.tcp.v3.TcpConnectionPoolProto', 'tcp'],
  // Of the TCP proxy; there is but one.
  ['envoy.extensions.upstreams.tcp.generic.v3.GenericConnectionPoolProto', undefined],
])

export function readUpstreamPool(cluster: Reader): UpstreamPoolKind {
  return cluster.message('upstream_config', (config) => {
    const name = config.string('name')
    const typeName = config.any('typed_config')?.typeName ?? ''
    if (!KINDS.has(typeName)) config.unsupported('typed_config', `${name} (${typeName})`)
    return KINDS.get(typeName)
  })
}
