/** `xds.*` */
import type { VirtualHost } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { CelData } from './cel-data.ts'
import { integer, localityOf, metadataOf } from './header-attributes.ts'
import { messageMap } from './lazy-map.ts'
import type { Extractors } from './lazy-map.ts'

export const XDS_ATTRIBUTES: Extractors<CelData> = {
  node: ({ localInfo }, library) =>
    localInfo &&
    messageMap(library, {
      id: localInfo.nodeId,
      cluster: localInfo.clusterName,
      metadata: localInfo.nodeMetadata as Readonly<Record<string, string>>,
      locality: localityOf(library, localInfo.region, localInfo.zone, localInfo.subZone),
    }),
  cluster_name: ({ streamInfo }) => streamInfo.upstreamCluster?.name,
  cluster_metadata: ({ streamInfo: { upstreamCluster } }, library) =>
    upstreamCluster && metadataOf(library, upstreamCluster.metadata),
  route_name: ({ streamInfo }) => streamInfo.route?.name,
  route_metadata: ({ streamInfo: { route } }, library) => route && metadataOf(library, route.metadata),
  virtual_host_name: ({ streamInfo }) => virtualHostOf(streamInfo)?.name,
  virtual_host_metadata: ({ streamInfo }, library) => {
    const host = virtualHostOf(streamInfo)
    return host && metadataOf(library, host.metadata)
  },
  upstream_host_metadata: ({ streamInfo }, library) => {
    const host = streamInfo.upstream?.host
    // The one of these that may be without, and then is null.
    return host && (host.metadata === undefined ? null : metadataOf(library, host.metadata))
  },
  filter_chain_name: ({ streamInfo }) => streamInfo.filterChain?.name ?? '',
  listener_metadata: ({ streamInfo: { filterChain } }, library) =>
    filterChain && metadataOf(library, filterChain.listener.metadata),
  listener_direction: ({ listenerDirection, streamInfo: { filterChain } }) => {
    const direction = listenerDirection ?? DIRECTIONS[filterChain?.listener.direction ?? 'UNSPECIFIED']
    return filterChain === undefined && listenerDirection === undefined ? undefined : integer(direction)
  },
}

/** envoy.config.core.v3.TrafficDirection. */
const DIRECTIONS = { UNSPECIFIED: 0, INBOUND: 1, OUTBOUND: 2 } as const

function virtualHostOf(info: StreamInfo): VirtualHost | undefined {
  return info.virtualHost ?? info.route?.virtualHost
}
