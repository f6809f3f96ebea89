/**
 * Where a cluster's hosts come from: `type`, or `cluster_type` with the name or the configuration of one of Envoy's
 * cluster factories. By type URL first, as Envoy does; a name counts where there is no configuration.
 */
import type { Reader } from '../../api/config.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { CustomCluster } from './custom-cluster.ts'
import type { DnsClusterConfig } from './dns-cluster.ts'
import { DEFAULT_DNS_CLUSTER } from './dns-cluster.ts'
import type { DynamicForwardProxyConfig } from './dynamic-forward-proxy.ts'
import { emptyDynamicForwardProxy } from './dynamic-forward-proxy.ts'
import { DEFAULT_ORIGINAL_DST, readOriginalDst } from './original-dst.ts'
import type { OriginalDstBalancing, ProvidedBalancing } from './provided-balancing.ts'

/**
 * ORIGINAL_DST: requests bring their hosts along; AGGREGATE: it has none of its own; DYNAMIC_FORWARD_PROXY: they are those of a
 * DNS cache.
 */
export type DiscoveryType =
  | 'STATIC'
  | 'STRICT_DNS'
  | 'LOGICAL_DNS'
  | 'EDS'
  | 'ORIGINAL_DST'
  | 'AGGREGATE'
  | 'DYNAMIC_FORWARD_PROXY'

export interface DiscoverySettings {
  readonly type: DiscoveryType
  /** Set: takes the place of the cluster's own dns_* fields. */
  readonly dnsCluster: DnsClusterConfig | undefined
  /** Set: takes the place of a balancing policy. */
  readonly provided: ProvidedBalancing | undefined
  /** It is refused already for what it is; whether it would choose hosts by itself nobody knows. */
  readonly refused?: boolean
  readonly dynamicForwardProxy?: DynamicForwardProxyConfig
}

export function readDiscovery(cluster: Reader, context: ParseContext): DiscoverySettings {
  const custom = cluster.message('cluster_type', (entry) => readCustomType(cluster, entry, context))
  return custom ?? readType(cluster)
}

function readType(cluster: Reader): DiscoverySettings {
  const type = cluster.enumeration<Exclude<DiscoveryType, 'AGGREGATE'>>('type', 'STATIC')
  if (type === 'EDS') return ofType(mayBeEds(cluster, 'type') ? type : 'STATIC')
  if (type !== 'ORIGINAL_DST') return ofType(type)
  return ofOriginalDst(cluster, cluster.message('original_dst_lb_config', readOriginalDst) ?? DEFAULT_ORIGINAL_DST)
}

function ofOriginalDst(cluster: Reader, provided: OriginalDstBalancing): DiscoverySettings {
  if (cluster.has('load_assignment')) {
    cluster.message('load_assignment', (assignment) => assignment.keep())
    cluster.error('load_assignment', 'NU168', 'ORIGINAL_DST clusters must have no load assignment configured')
  }
  const { lb_policy: policy = 'ROUND_ROBIN' } = cluster.json
  if (policy === 'CLUSTER_PROVIDED') return { ...ofType('ORIGINAL_DST'), provided }
  const message =
    `cluster: LB policy ${String(policy)} is not valid for Cluster type ORIGINAL_DST. ` +
    "Only 'CLUSTER_PROVIDED' is allowed with cluster type 'ORIGINAL_DST'"
  cluster.error(cluster.has('lb_policy') ? 'lb_policy' : undefined, 'NU162', message)
  return { ...ofType('ORIGINAL_DST'), refused: true }
}

function readCustomType(cluster: Reader, entry: Reader, context: ParseContext): DiscoverySettings {
  if (isOfNoType(entry)) {
    entry.raw('typed_config')
    entry.error('typed_config', 'NU124', "Didn't find a registered cluster factory implementation for type: ''")
    return { ...ofType('STATIC'), refused: true }
  }
  if (!hasConfiguration(entry)) {
    // What an empty configuration holds is nobody's to read.
    entry.raw('typed_config')
    return readNamedType(cluster, entry, context)
  }
  const found = context.namedExtension(entry, 'envoy.clusters')
  // Refused already; whether its endpoints may have names, only the extension knows.
  if (found === undefined) return { ...ofType('STRICT_DNS'), refused: true }
  // Every extension of this category that is there returns it.
  return ofCustomCluster(cluster, found.config as CustomCluster, found.name)
}

function ofCustomCluster(cluster: Reader, custom: CustomCluster, name: string): DiscoverySettings {
  switch (custom.kind) {
    case 'dns':
      return ofDnsCluster(custom)
    case 'aggregate':
      return { ...ofType('AGGREGATE'), provided: custom }
    case 'original_dst':
      return ofOriginalDst(cluster, custom)
    case 'dynamic_forward_proxy':
      return ofDynamicForwardProxy(custom, name)
  }
}

/** A Struct has no type that a factory could be found by. */
/** `typed_config: {}` */
function isOfNoType(entry: Reader): boolean {
  const { typed_config: any } = entry.json
  return typeof any === 'object' && any !== null && !('@type' in any)
}

function hasConfiguration(entry: Reader): boolean {
  const { typed_config: any } = entry.json
  if (any === undefined || any === null || typeof any !== 'object' || Array.isArray(any)) return false
  const url = (any as { readonly '@type'?: unknown })['@type']
  return url !== undefined && url !== 'type.googleapis.com/google.protobuf.Struct'
}

function readNamedType(cluster: Reader, entry: Reader, context: ParseContext): DiscoverySettings {
  const name = entry.string('name')
  switch (name) {
    case 'envoy.cluster.static':
      return ofType('STATIC')
    case 'envoy.cluster.strict_dns':
      return ofType('STRICT_DNS')
    case 'envoy.cluster.logical_dns':
      return ofType('LOGICAL_DNS')
    case 'envoy.cluster.dns':
      return ofDnsCluster(DEFAULT_DNS_CLUSTER)
    case 'envoy.cluster.eds':
      return ofType(mayBeEds(cluster, 'cluster_type') ? 'EDS' : 'STATIC')
    case 'envoy.cluster.original_dst':
      return ofOriginalDst(cluster, DEFAULT_ORIGINAL_DST)
    case 'envoy.clusters.aggregate':
      return refuseEmptyAggregate(entry)
    case DYNAMIC_FORWARD_PROXY:
      return ofDynamicForwardProxy(emptyDynamicForwardProxy(context), name)
    default:
      if (OTHER_FACTORIES.has(name)) entry.unsupported('name', `the cluster type ${name}`)
      else entry.error('name', 'NU168', `Didn't find a registered cluster factory implementation for name: '${name}'`)
      return { ...ofType('STRICT_DNS'), refused: true }
  }
}

/** What it is without a configuration has no clusters. */
function refuseEmptyAggregate(entry: Reader): DiscoverySettings {
  entry.error(undefined, 'NU168', 'clusters: value must contain at least 1 item(s)')
  return { ...ofType('AGGREGATE'), provided: { kind: 'aggregate', clusters: [] } }
}

const OTHER_FACTORIES = new Set([
  'envoy.clusters.composite',
  'envoy.clusters.dynamic_modules',
  'envoy.clusters.mcp_multicluster',
  'envoy.clusters.redis',
  'envoy.clusters.reverse_connection',
])

function mayBeEds(cluster: Reader, field: string): boolean {
  if (cluster.has('eds_cluster_config')) return true
  cluster.error(field, 'NU168', 'cannot create an EDS cluster without an EDS config')
  return false
}

function ofDnsCluster(dnsCluster: DnsClusterConfig): DiscoverySettings {
  const type = dnsCluster.allAddressesInSingleEndpoint ? 'LOGICAL_DNS' : 'STRICT_DNS'
  return { type, dnsCluster, provided: undefined }
}

const DYNAMIC_FORWARD_PROXY = 'envoy.clusters.dynamic_forward_proxy'

function ofDynamicForwardProxy(config: DynamicForwardProxyConfig, name: string): DiscoverySettings {
  const isKnownByName = name === DYNAMIC_FORWARD_PROXY
  const hasSubClusters = config.subClusters !== undefined
  const provided = { kind: config.kind, cache: config.cache, hasSubClusters, isKnownByName }
  return { ...ofType('DYNAMIC_FORWARD_PROXY'), provided, dynamicForwardProxy: config }
}

function ofType(type: DiscoveryType): DiscoverySettings {
  return { type, dnsCluster: undefined, provided: undefined }
}
