/**
 * envoy.config.cluster.v3.Cluster, parsed on the main thread. The result stays there; what workers need of it they get as `ThreadClusterSettings`.
 */
import type { Message, Reader } from '../api/config.ts'
import type { DiscoveryRequest } from '../api/discovery.ts'
import type { ParseContext } from '../api/extension.ts'
import type { IpAddress } from '../api/network.ts'
import type { ConfigSource } from '../api/subscription.ts'
import { readConfigSource } from '../config/config-source.ts'
import { readStringMatcher } from '../config/matchers/string-matcher.ts'
import type { SocketOption } from '../network/socket-options.ts'
import { readStatsMatcher } from '../stats/stats-matcher-config.ts'
import type { AcceptsStat } from '../stats/stats-matchers.ts'
import { withBalancerHashPolicy } from './config/balancer-hash-policy.ts'
import type { CircuitBreakers } from './config/circuit-breakers.ts'
import { readCircuitBreakers } from './config/circuit-breakers.ts'
import type { CommonLbSettings } from './config/common-lb.ts'
import { readCommonLb } from './config/common-lb.ts'
import { readUpstreamSocket } from './config/connection-settings.ts'
import type { ClusterManagerConfig } from './config/manager-config.ts'
import { NO_MANAGER_CONFIG } from './config/manager-config.ts'
import type { DiscoveryType } from './config/discovery-type.ts'
import { readDiscovery } from './config/discovery-type.ts'
import type { DynamicForwardProxyConfig } from './config/dynamic-forward-proxy.ts'
import { checkNameValidation } from './config/dynamic-forward-proxy.ts'
import type { DnsSettings } from './config/dns-settings.ts'
import { ignoreDnsFields, readDnsSettings } from './config/dns-settings.ts'
import type { UpstreamHttpSettings } from './config/http-settings.ts'
import { readHttpSettings } from './config/http-settings.ts'
import type { LoadAssignment } from './config/load-assignment.ts'
import { readLoadAssignment } from './config/load-assignment.ts'
import type { HealthCheckConfig } from './health-check/health-check-config.ts'
import { readHealthChecks } from './health-check/health-check-config.ts'
import type { OutlierDetectionConfig } from './outlier-detection/outlier-detection-config.ts'
import { readOutlierDetection } from './outlier-detection/outlier-detection-config.ts'
import type { RedisAuth } from './config/redis-auth.ts'
import { readRedisAuth } from './config/redis-auth.ts'
import type { HappyEyeballsConfig } from './race-order.ts'
import type { UpstreamPoolKind } from './config/upstream-pool.ts'
import { readUpstreamPool } from './config/upstream-pool.ts'
import type { TrackSettings } from './cluster-tracking.ts'
import { TRACK_NOTHING } from './cluster-tracking.ts'
import type { TransportConfig } from './transport/transport-config.ts'
import { readTransport } from './transport/transport-config.ts'
import { readLbPolicy } from './config/lb-policy.ts'
import type { LbPolicy } from './config/policies/policy.ts'
import type { ProvidedBalancing } from './config/provided-balancing.ts'

/** Where connections come from and what is set on their sockets. */
export interface UpstreamSocketSettings {
  /** See `sourceAddressFor`. */
  readonly sourceAddresses: readonly IpAddress[]
  readonly options: readonly SocketOption[]
  readonly happyEyeballs: HappyEyeballsConfig
}

/** Where the endpoints of a cluster come from. */
export interface EdsSettings {
  readonly source: ConfigSource
  /** cluster_name of the assignment. */
  readonly serviceName: string
  /** The cluster does not leave it to its own name. */
  readonly isNamed: boolean
}

/** Connections that are made before they are needed: streams to be ready for, for each that there is; 1: no more. */
export interface PreconnectPolicy {
  /** At each host. */
  readonly perUpstream: number
  /** At the hosts that come next. */
  readonly predictive: number
}

export interface ClusterConfig {
  readonly name: string
  /** What comes from elsewhere besides its hosts: configurations of filters. */
  readonly discoveries: readonly DiscoveryRequest[]
  /** alt_stat_name or the name. */
  readonly observabilityName: string
  readonly discovery: DiscoveryType
  /** Of type EDS. */
  readonly eds: EdsSettings | undefined
  readonly connectTimeoutMs: number
  readonly perConnectionBufferLimitBytes: number
  /** How long a connection may hold more than that; 0: for ever. */
  readonly highWatermarkTimeoutMs: number
  readonly lbPolicy: LbPolicy
  /** The cluster's own way to choose hosts, in place of `lbPolicy`. */
  readonly provided: ProvidedBalancing | undefined
  /** Of type ORIGINAL_DST: how often hosts that nobody uses are looked for. */
  readonly cleanupIntervalMs: number
  readonly dynamicForwardProxy?: DynamicForwardProxyConfig | undefined
  readonly commonLb: CommonLbSettings
  readonly loadAssignment: LoadAssignment
  readonly circuitBreakers: CircuitBreakers
  readonly dns: DnsSettings
  readonly http: UpstreamHttpSettings
  readonly socket: UpstreamSocketSettings
  readonly transport: TransportConfig
  /** Requests of different downstream connections share none to a host. */
  readonly poolPerDownstream: boolean
  readonly preconnect: PreconnectPolicy
  readonly upstreamPool: UpstreamPoolKind
  readonly track: TrackSettings
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** False: the start of the proxy does not wait for this cluster. */
  readonly waitForWarmOnInit: boolean
  readonly healthChecks: readonly HealthCheckConfig[]
  readonly redisAuth: RedisAuth
  readonly outlierDetection: OutlierDetectionConfig | undefined
  /** Connections go when a check or outlier detection fails their host. */
  readonly closeConnectionsOnHostHealthFailure: boolean
  /** A host that discovery drops goes at once, even while its checks pass. */
  readonly ignoreHealthOnHostRemoval: boolean
  /** Which of its statistics are to be seen; undefined: those that the bootstrap lets through. */
  readonly statsMatcher: AcceptsStat | undefined
  /** A worker counts the cluster as its own from its first use on. */
  readonly deferredCreation: boolean
}

const DEFAULT_CONNECT_TIMEOUT_MS = 5000
const DEFAULT_CLEANUP_INTERVAL_MS = 5000
const DEFAULT_BUFFER_LIMIT_BYTES = 1024 * 1024

/** `manager`: what the bootstrap says about all clusters. */
export function parseCluster(
  reader: Reader,
  outer: ParseContext,
  manager: ClusterManagerConfig = NO_MANAGER_CONFIG,
): ClusterConfig {
  const discoveries: DiscoveryRequest[] = []
  const context: ParseContext =
    outer.require === undefined ? outer : { ...outer, require: (request) => void discoveries.push(request) }
  const name = reader.string('name')
  const { type: discovery, dnsCluster, provided, dynamicForwardProxy, refused = false } = readDiscovery(reader, context)
  if (dnsCluster !== undefined) ignoreDnsFields(reader, 'for clusters without settings of their own in cluster_type')
  if (dynamicForwardProxy !== undefined) checkNameValidation(reader, dynamicForwardProxy)
  refuseForeignProtocols(reader)
  reader.message('queuing_policies', readQueuingPolicies)
  reader.ignore('lrs_report_endpoint_metrics', 'there are no load reports')
  const commonLb = readCommonLb(reader)
  if (commonLb.locality.useHostname) checkHostnameHashing(reader, discovery)
  const lbPolicy = readLbPolicy(reader, commonLb.locality, refused ? undefined : provided !== undefined, context)
  return {
    name,
    discoveries,
    observabilityName: reader.string('alt_stat_name') || name,
    discovery,
    dynamicForwardProxy,
    eds: discovery === 'EDS' ? readEds(reader, name) : undefined,
    connectTimeoutMs: reader.durationMs('connect_timeout', DEFAULT_CONNECT_TIMEOUT_MS),
    perConnectionBufferLimitBytes: reader.number('per_connection_buffer_limit_bytes', DEFAULT_BUFFER_LIMIT_BYTES),
    highWatermarkTimeoutMs: reader.durationMs('per_connection_buffer_high_watermark_timeout', 0),
    lbPolicy,
    provided,
    cleanupIntervalMs: readCleanupInterval(reader, discovery),
    commonLb,
    loadAssignment: readLoadAssignment(reader, discovery),
    circuitBreakers: readCircuitBreakers(reader),
    dns: dnsCluster?.dns ?? readDnsSettings(reader, discovery, context),
    http: withBalancerHashPolicy(readHttpSettings(reader, context), lbPolicy),
    socket: readUpstreamSocket(reader, manager.bind),
    transport: readTransport(reader, context),
    track: readTrack(reader),
    upstreamPool: readUpstreamPool(reader),
    preconnect: reader.message('preconnect_policy', readPreconnect) ?? NO_PRECONNECT,
    poolPerDownstream: reader.bool('connection_pool_per_downstream_connection', false),
    metadata: reader.raw('metadata') as Message | undefined,
    waitForWarmOnInit: reader.bool('wait_for_warm_on_init', true),
    healthChecks: readHealthChecks(reader, context),
    redisAuth: readRedisAuth(reader),
    outlierDetection: readOutlierDetection(reader),
    closeConnectionsOnHostHealthFailure: reader.bool('close_connections_on_host_health_failure', false),
    ignoreHealthOnHostRemoval: reader.bool('ignore_health_on_host_removal', false),
    statsMatcher: reader.message('stats_matcher', (matcher) => readStatsMatcher(matcher, readStringMatcher)),
    deferredCreation: manager.deferredCreation && (discovery === 'STATIC' || discovery === 'EDS'),
  }
}

/** Requests that wait for a connection get theirs in order, which is the one policy there is. */
function readQueuingPolicies(policies: Reader): void {
  policies.message('pending_rq_policy', (policy) => {
    const name = policy.string('name')
    const any = policy.any('typed_config')
    if (any === undefined || any.typeName === 'envoy.extensions.queue_policy.fifo.v3.FifoQueuePolicyConfig') return
    any.reader.keep()
    const message = `Didn't find a registered implementation for '${name}' with type URL: '${any.typeName}'`
    policy.error('typed_config', 'NU124', message)
  })
}

function readTrack(reader: Reader): TrackSettings {
  // The older field for one of them.
  const timeoutBudgets = reader.bool('track_timeout_budgets', false)
  const track = reader.message('track_cluster_stats', (stats) => ({
    timeoutBudgets: stats.bool('timeout_budgets', false),
    requestResponseSizes: stats.bool('request_response_sizes', false),
    perEndpoint: stats.bool('per_endpoint_stats', false),
  }))
  return { ...(track ?? TRACK_NOTHING), timeoutBudgets: timeoutBudgets || track?.timeoutBudgets === true }
}

const NO_PRECONNECT: PreconnectPolicy = { perUpstream: 1, predictive: 1 }

function readPreconnect(reader: Reader): PreconnectPolicy {
  return {
    perUpstream: reader.number('per_upstream_preconnect_ratio', 1),
    predictive: reader.number('predictive_preconnect_ratio', 1),
  }
}

function readCleanupInterval(reader: Reader, discovery: DiscoveryType): number {
  // With a type by name or extension the one says nothing, with any other type neither does.
  reader.ignore('original_dst_lb_config', 'for clusters of type ORIGINAL_DST')
  if (discovery === 'ORIGINAL_DST') return reader.durationMs('cleanup_interval', DEFAULT_CLEANUP_INTERVAL_MS)
  reader.ignore('cleanup_interval', 'for clusters of type ORIGINAL_DST')
  return DEFAULT_CLEANUP_INTERVAL_MS
}

/** Addresses of other clusters have no names to be told by. */
function checkHostnameHashing(reader: Reader, discovery: DiscoveryType): void {
  if (discovery === 'STRICT_DNS') return
  // The name of a type that is not Envoy's own is not there to be told.
  const isOther = discovery === 'AGGREGATE' || discovery === 'DYNAMIC_FORWARD_PROXY'
  const type = isOther ? '' : `envoy.cluster.${discovery.toLowerCase()}`
  const message = `Cannot use hostname for consistent hashing loadbalancing for cluster of type: '${type}'`
  reader.error('common_lb_config', 'NU162', message)
}

function readEds(reader: Reader, clusterName: string): EdsSettings | undefined {
  return reader.message('eds_cluster_config', (eds) => {
    const ownName = eds.string('service_name')
    const source = eds.message('eds_config', readConfigSource)
    if (source !== undefined) return { source, serviceName: ownName || clusterName, isNamed: ownName !== '' }
    if (!eds.has('eds_config')) eds.error(undefined, 'NU168', 'cannot create an EDS cluster without an EDS config')
    return undefined
  })
}

function refuseForeignProtocols(reader: Reader): void {
  const selection = reader.enumeration('protocol_selection', 'USE_CONFIGURED_PROTOCOL')
  if (selection !== 'USE_CONFIGURED_PROTOCOL') reader.unsupported('protocol_selection', selection)
}
