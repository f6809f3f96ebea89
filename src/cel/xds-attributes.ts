/** `xds.*` */
import type { VirtualHost } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { CelData } from './cel-data.ts'
import { integer, metadataOf } from './header-attributes.ts'
import type { Extractors } from './lazy-map.ts'

export const XDS_ATTRIBUTES: Extractors<CelData> = {
  node: ({ localInfo }) =>
    localInfo === undefined
      ? undefined
      : {
          id: localInfo.nodeId,
          cluster: localInfo.clusterName,
          metadata: localInfo.nodeMetadata as Readonly<Record<string, string>>,
          locality: { region: localInfo.region, zone: localInfo.zone, sub_zone: localInfo.subZone },
        },
  cluster_name: ({ streamInfo }) => streamInfo.upstreamCluster?.name,
  cluster_metadata: ({ streamInfo }) =>
    streamInfo.upstreamCluster === undefined ? undefined : metadataOf(streamInfo.upstreamCluster.metadata),
  route_name: ({ streamInfo }) => streamInfo.route?.name,
  route_metadata: ({ streamInfo }) =>
    streamInfo.route === undefined ? undefined : metadataOf(streamInfo.route.metadata),
  virtual_host_name: ({ streamInfo }) => virtualHostOf(streamInfo)?.name,
  virtual_host_metadata: ({ streamInfo }) => {
    const host = virtualHostOf(streamInfo)
    return host === undefined ? undefined : metadataOf(host.metadata)
  },
  upstream_host_metadata: ({ streamInfo }) => {
    const host = streamInfo.upstream?.host
    return host === undefined ? undefined : metadataOf(host.metadata)
  },
  filter_chain_name: ({ streamInfo }) => streamInfo.filterChain?.name ?? '',
  listener_metadata: ({ streamInfo }) =>
    streamInfo.filterChain === undefined ? undefined : metadataOf(streamInfo.filterChain.listener.metadata),
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
