/** envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig, and what it wants of the cluster around it. */
import type { Json, Message, Reader } from '../../api/config.ts'
import type { DnsCacheSettings } from '../../api/dns-cache.ts'
import type { ParseContext } from '../../api/extension.ts'
import type { DnsCacheConfig } from '../dns-cache/dns-cache-config.ts'
import { readDnsCluster } from './dns-cluster.ts'
import { readDnsCacheField, requireNamelessCache } from '../dns-cache/dns-cache-config.ts'

export interface SubClustersConfig {
  readonly lbPolicy: string
  readonly maxSubClusters: number
  /** Those that nobody used for so long are taken away. */
  readonly ttlMs: number
  /** How they look up their names, as an Any; undefined: as the fields of the cluster say. */
  readonly dnsCluster: Message | undefined
}

export interface DynamicForwardProxyConfig {
  readonly kind: 'dynamic_forward_proxy'
  readonly cache: DnsCacheSettings
  /** Set: a cluster of its own for each host, and the cache is not asked. */
  readonly subClusters: SubClustersConfig | undefined
  /** The names in certificates need not be checked. */
  readonly allowInsecureOptions: boolean
}

export function readDynamicForwardProxy(reader: Reader, context: ParseContext): DynamicForwardProxyConfig {
  return {
    kind: 'dynamic_forward_proxy',
    cache: settingsOf(readDnsCacheField(reader, context)),
    subClusters: reader.message('sub_clusters_config', (sub) => readSubClusters(sub, context)),
    allowInsecureOptions: reader.bool('allow_insecure_cluster_options', false),
  }
}

const MAX_SUB_CLUSTERS = 1024
const SUB_CLUSTER_TTL_MS = 300_000

function readSubClusters(reader: Reader, context: ParseContext): SubClustersConfig {
  const lbPolicy = reader.enumeration<string>('lb_policy', 'ROUND_ROBIN')
  if (lbPolicy === 'CLUSTER_PROVIDED') {
    reader.error('lb_policy', 'NU194', "unsupported lb_policy 'CLUSTER_PROVIDED' in sub_cluster_config")
  }
  reader.ignore('preresolve_clusters', 'nothing in Envoy uses it')
  const dnsCluster = reader.message('dns_cluster_config', (dns) => {
    readDnsCluster(dns, context)
    return { '@type': `type.googleapis.com/${dns.type}`, ...dns.json }
  })
  return {
    lbPolicy,
    maxSubClusters: reader.number('max_sub_clusters', MAX_SUB_CLUSTERS),
    ttlMs: reader.durationMs('sub_cluster_ttl', SUB_CLUSTER_TTL_MS),
    dnsCluster,
  }
}

/** Of a cluster that only names its type: what a message without fields says. */
export function emptyDynamicForwardProxy(context: ParseContext): DynamicForwardProxyConfig {
  const cache = settingsOf(requireNamelessCache(context))
  return { kind: 'dynamic_forward_proxy', cache, subClusters: undefined, allowInsecureOptions: false }
}

/** What a thread must know of it. */
function settingsOf({ name, maxHosts, maxPendingRequests, refreshesAfterFailure }: DnsCacheConfig): DnsCacheSettings {
  return { name, maxHosts, maxPendingRequests, refreshesAfterFailure }
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** Whoever answers under a name that a client chose must be who it says. */
export function checkNameValidation(cluster: Reader, { allowInsecureOptions }: DynamicForwardProxyConfig): void {
  if (allowInsecureOptions) return
  const typed = fieldOf(fieldOf(cluster.json, 'typed_extension_protocol_options'), HTTP_OPTIONS)
  const older = fieldOf(cluster.json, 'upstream_http_protocol_options')
  const names = typed === undefined ? older : fieldOf(typed, 'upstream_http_protocol_options')
  if (names === undefined && typed === undefined) return
  if (fieldOf(names, 'auto_sni') === true && fieldOf(names, 'auto_san_validation') === true) return
  const message =
    'dynamic_forward_proxy cluster must have auto_sni and auto_san_validation true unless allow_insecure_cluster_options is set.'
  cluster.error(typed === undefined ? 'upstream_http_protocol_options' : undefined, 'NU194', message)
}

function fieldOf(message: Json | undefined, name: string): Json | undefined {
  if (message === null || typeof message !== 'object' || Array.isArray(message)) return undefined
  return (message as { readonly [field: string]: Json })[name]
}
