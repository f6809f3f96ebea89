/** Where the request went. */
import type { StreamInfo } from '../../api/stream-info.ts'
import type { Host } from '../../api/upstream.ts'
import type { OperatorKind, OperatorTable } from '../operator.ts'
import { nameOperator, numberOperator, textOperator } from '../operator.ts'
import { addressText, addressWithoutPort } from './address-text.ts'

/** A host by name: its hostname, or where it has none its address. */
function hostName(host: Host): string {
  return host.hostname === '' ? addressText(host.address) : host.hostname
}

function hostNameWithoutPort(host: Host): string {
  return host.hostname === '' ? addressWithoutPort(host.address) : host.hostname.replace(/:\d+$/, '')
}

function hostOperator(text: (host: Host) => string): OperatorKind {
  return nameOperator(({ streamInfo }) => {
    const host = streamInfo.upstream?.host
    return host === undefined ? undefined : text(host)
  })
}

/** Every host that was tried, in order. */
function attemptedOperator(text: (host: Host) => string): OperatorKind {
  return nameOperator(({ streamInfo }) => {
    const hosts = attemptedHosts(streamInfo)
    return hosts.length === 0 ? undefined : hosts.map(text).join(',')
  })
}

function attemptedHosts({ upstream }: StreamInfo): readonly Host[] {
  if (upstream?.attemptedHosts !== undefined) return upstream.attemptedHosts
  return upstream?.host === undefined ? [] : [upstream.host]
}

function attemptedConnections({ upstream }: StreamInfo): string | undefined {
  if (upstream?.attemptedConnectionIds !== undefined) return upstream.attemptedConnectionIds.join(',') || undefined
  return upstream?.connectionId?.toString()
}

export const ROUTING_OPERATORS: OperatorTable = {
  ROUTE_RESOLUTION_COUNT: numberOperator(({ streamInfo }) => streamInfo.routeResolutions ?? 0),
  ROUTE_NAME: nameOperator(({ streamInfo }) => streamInfo.routeName),
  VIRTUAL_CLUSTER_NAME: nameOperator(({ streamInfo }) => streamInfo.virtualClusterName),
  UPSTREAM_CLUSTER: nameOperator(({ streamInfo }) => streamInfo.upstreamCluster?.observabilityName),
  UPSTREAM_CLUSTER_RAW: nameOperator(({ streamInfo }) => streamInfo.upstreamCluster?.name),
  UPSTREAM_HOST: textOperator(({ streamInfo }) => {
    const host = streamInfo.upstream?.host
    return host === undefined ? undefined : addressText(host.address)
  }),
  UPSTREAM_HOST_NAME: hostOperator(hostName),
  UPSTREAM_HOST_NAME_WITHOUT_PORT: hostOperator(hostNameWithoutPort),
  UPSTREAM_HOSTS_ATTEMPTED: attemptedOperator((host) => addressText(host.address)),
  UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT: attemptedOperator((host) => addressWithoutPort(host.address)),
  UPSTREAM_HOST_NAMES_ATTEMPTED: attemptedOperator(hostName),
  UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT: attemptedOperator(hostNameWithoutPort),
  UPSTREAM_CONNECTION_IDS_ATTEMPTED: textOperator(({ streamInfo }) => attemptedConnections(streamInfo)),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: numberOperator(({ streamInfo }) => streamInfo.attemptCount),
  UPSTREAM_PROTOCOL: textOperator(({ streamInfo }) => streamInfo.upstream?.protocol),
  FILTER_CHAIN_NAME: nameOperator(({ streamInfo }) => streamInfo.filterChain?.name),
  LISTENER_NAME: nameOperator(({ streamInfo }) => streamInfo.filterChain?.listener.name),
}
