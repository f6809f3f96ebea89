/** envoy.config.endpoint.v3.ClusterLoadAssignment: the endpoints of a cluster as configured, names not resolved. */
import type { Message, Reader } from '../../api/config.ts'
import type { Address } from '../../api/network.ts'
import type { Locality } from '../../api/upstream.ts'
import { below } from '../../config/below.ts'
import type { NamedAddress } from '../../network/address-config.ts'
import { readEndpointAddress } from '../../network/address-config.ts'
import { parseIpAddress } from '../../network/address.ts'
import { readHostHealthCheck } from '../health-check/host-health-check.ts'
import type { HostHealthCheck } from '../host-snapshot.ts'
import type { DiscoveryType } from './discovery-type.ts'
import { readDropOverload } from './drop-overload.ts'
import type { KnownEndpoints } from './known-endpoints.ts'

export type HealthStatus = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED'

export interface EndpointConfig {
  /** A name where the cluster resolves it. */
  readonly address: Address | NamedAddress
  readonly additionalAddresses?: readonly Address[] | undefined
  readonly hostname: string
  readonly healthStatus: HealthStatus
  readonly weight: number
  readonly metadata: Message | undefined
  readonly canary: boolean
  readonly healthCheck?: HostHealthCheck | undefined
}

export interface LocalityEndpoints {
  readonly locality: Locality
  /** 0: it has none. */
  readonly localityWeight: number
  readonly priority: number
  readonly localityMetadata?: Message | undefined
  readonly endpoints: readonly EndpointConfig[]
}

export interface LoadAssignment {
  readonly localities: readonly LocalityEndpoints[]
  /** In percent; 140 by default. */
  readonly overprovisioningFactor: number
  /** Health of a priority is measured in weight instead of hosts. */
  readonly weightedPriorityHealth: boolean
  /** This part of the requests is not let through; 0–1. */
  readonly dropOverload: number
  /** After so many ms without an update the endpoints go; undefined: they stay. */
  readonly staleAfterMs?: number | undefined
}

const DEFAULT_OVERPROVISIONING = 140
const NO_LOCALITY: Locality = { region: '', zone: '', subZone: '' }
export const NO_ASSIGNMENT: LoadAssignment = {
  localities: [],
  overprovisioningFactor: DEFAULT_OVERPROVISIONING,
  weightedPriorityHealth: false,
  dropOverload: 0,
}

/** An assignment by itself, as EDS sends it. `known`: its endpoints that have been there before keep their object. */
export function parseLoadAssignment(reader: Reader, known?: KnownEndpoints): LoadAssignment {
  return readAssignment(reader, 'EDS', known)
}

export function readLoadAssignment(cluster: Reader, discovery: DiscoveryType): LoadAssignment {
  // Left unread, and so refused where somebody sets it: endpoints come from elsewhere.
  if (discovery === 'EDS') return NO_ASSIGNMENT
  if (discovery === 'ORIGINAL_DST') return NO_ASSIGNMENT
  if (discovery === 'AGGREGATE' || discovery === 'DYNAMIC_FORWARD_PROXY') {
    cluster.ignore('load_assignment', 'the hosts are those of other clusters or of a DNS cache')
    return NO_ASSIGNMENT
  }
  const assignment = cluster.message('load_assignment', (reader) => readAssignment(reader, discovery)) ?? NO_ASSIGNMENT
  if (discovery === 'LOGICAL_DNS') checkSingleEndpoint(cluster, assignment)
  return assignment
}

function checkSingleEndpoint(cluster: Reader, { localities }: LoadAssignment): void {
  if (localities.length === 1 && localities[0]!.endpoints.length === 1) return
  const message = 'LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint'
  cluster.error(cluster.has('load_assignment') ? 'load_assignment' : undefined, 'NU163', message)
}

function readAssignment(reader: Reader, discovery: DiscoveryType, known?: KnownEndpoints): LoadAssignment {
  reader.ignore('cluster_name', 'the name of the cluster around it counts')
  reader.ignore('named_endpoints', 'nothing in Envoy uses it')
  const policy = reader.message('policy', (policy) => {
    if (discovery !== 'EDS') policy.ignore('endpoint_stale_after', 'for endpoints that a control plane sent')
    return {
      staleAfterMs: discovery === 'EDS' ? policy.optionalDurationMs('endpoint_stale_after') : undefined,
      overprovisioningFactor: policy.number('overprovisioning_factor', DEFAULT_OVERPROVISIONING),
      weightedPriorityHealth: policy.bool('weighted_priority_health', false),
      dropOverload: readDropOverload(policy),
    }
  })
  return {
    localities: reader.messages('endpoints', (locality) => readLocality(locality, discovery, known)),
    overprovisioningFactor: policy?.overprovisioningFactor ?? DEFAULT_OVERPROVISIONING,
    weightedPriorityHealth: policy?.weightedPriorityHealth ?? false,
    dropOverload: policy?.dropOverload ?? 0,
    staleAfterMs: policy?.staleAfterMs,
  }
}

function readLocality(reader: Reader, discovery: DiscoveryType, known?: KnownEndpoints): LocalityEndpoints {
  reader.ignore('proximity', 'nothing in Envoy uses it')
  reader.ignore('load_balancer_endpoints', 'nothing in Envoy uses it')
  const localityMetadata = reader.raw('metadata') as Message | undefined
  const endpoints = reader.messages(
    'lb_endpoints',
    (endpoint) => {
      const config = readEndpoint(endpoint, discovery)
      if (config !== undefined) known?.note(endpoint.json, config)
      return config
    },
    known && ((message) => known.get(message)),
  )
  return {
    locality: reader.message('locality', readLocalityName) ?? NO_LOCALITY,
    localityWeight: reader.number('load_balancing_weight', 0),
    priority: reader.number('priority', 0),
    ...(localityMetadata !== undefined && { localityMetadata }),
    endpoints: endpoints.filter((endpoint) => endpoint !== undefined),
  }
}

function readLocalityName(reader: Reader): Locality {
  return { region: reader.string('region'), zone: reader.string('zone'), subZone: reader.string('sub_zone') }
}

function readEndpoint(reader: Reader, discovery: DiscoveryType): EndpointConfig | undefined {
  const metadata = reader.raw('metadata') as Message | undefined
  const healthStatus = reader.enumeration<HealthStatus>('health_status', 'UNKNOWN')
  const weight = reader.number('load_balancing_weight', 1)
  reader.ignore('endpoint_name', 'nothing in Envoy uses it')
  const host = reader.has('endpoint')
    ? reader.message('endpoint', (endpoint) => readHost(endpoint, discovery))
    : withoutAddress(reader, discovery)
  return host && { ...host, healthStatus, weight, metadata, canary: isCanary(metadata) }
}

type HostPart = Pick<EndpointConfig, 'address' | 'additionalAddresses' | 'hostname' | 'healthCheck'>

function readHost(endpoint: Reader, discovery: DiscoveryType): HostPart | undefined {
  const hostname = endpoint.string('hostname')
  endpoint.ignore('observability_name', 'there are no statistics of single endpoints')
  const address = endpoint.has('address')
    ? endpoint.message('address', (inner) => readResolvableAddress(inner, discovery))
    : withoutAddress(endpoint, discovery)?.address
  if (address === undefined) return undefined
  const additionalAddresses = readAdditionalAddresses(endpoint, discovery)
  const healthCheck = endpoint.message('health_check_config', (check) => readHostHealthCheck(check, address))
  return {
    address,
    hostname,
    ...(additionalAddresses.length > 0 && { additionalAddresses }),
    ...(healthCheck !== undefined && { healthCheck }),
  }
}

/** A DNS cluster takes it for the empty name, which it never finds. */
function withoutAddress(reader: Reader, discovery: DiscoveryType): HostPart | undefined {
  if (discovery.endsWith('_DNS')) return { address: NAMELESS, hostname: '' }
  reader.error(undefined, 'NU142', `Address must be set. ${RESOLVING_HINT}`)
  return undefined
}

const NAMELESS: NamedAddress = { kind: 'name', host: '', port: 0 }
/** Envoy's words. */
const RESOLVING_HINT = "Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'"

function readAdditionalAddresses(endpoint: Reader, discovery: DiscoveryType): readonly Address[] {
  if (discovery.endsWith('_DNS')) {
    endpoint.ignore('additional_addresses', 'hosts of a DNS cluster have the addresses that their name has')
    return []
  }
  const addresses = endpoint.messages('additional_addresses', (additional) => {
    if (!additional.has('address')) additional.error(undefined, 'NU142', `Address must be set. ${RESOLVING_HINT}`)
    return additional.message('address', (inner) => readResolvableAddress(inner, discovery))
  })
  return addresses.filter((address) => address !== undefined && address.kind !== 'name')
}

function readResolvableAddress(reader: Reader, discovery: DiscoveryType): Address | NamedAddress | undefined {
  if (discovery.endsWith('_DNS') && below(reader.json, 'socket_address', 'resolver_name') !== undefined) {
    return refuseResolverName(reader, discovery)
  }
  if (discovery.endsWith('_DNS')) return readNameToResolve(reader)
  const address = readEndpointAddress(reader)
  return address?.kind === 'name' ? malformed(reader, address.host) : address
}

/** Envoy asks for the name and the port of a socket address, whatever address there is. */
function readNameToResolve(reader: Reader): Address | NamedAddress | undefined {
  const kind = reader.oneof('address')
  if (kind === 'pipe' || kind === 'envoy_internal_address') {
    reader.ignore(kind, 'a DNS cluster looks at socket addresses only')
    return NAMELESS
  }
  return readEndpointAddress(reader, 'port-names')
}

function refuseResolverName(reader: Reader, discovery: DiscoveryType): undefined {
  reader.message('socket_address', (socket) => {
    socket.keep()
    socket.error('resolver_name', 'NU164', `${discovery} clusters must NOT have a custom resolver name set`)
  })
}

/** Envoy's words where a STATIC cluster has a name. */
function malformed(reader: Reader, host: string): Address {
  reader.message('socket_address', (socket) => {
    socket.keep()
    socket.error('address', 'NU131', `malformed IP address: ${host}. ${RESOLVING_HINT}`)
  })
  return parseIpAddress('0.0.0.0', 0)
}

function isCanary(metadata: Message | undefined): boolean {
  return below(metadata, 'filter_metadata', 'envoy.lb', 'canary') === true
}
