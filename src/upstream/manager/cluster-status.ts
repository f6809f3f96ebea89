/** What the admin server shows of a cluster: plain data, counters added up over all threads. */
import type { Message } from '../../api/config.ts'
import type { Address } from '../../api/network.ts'
import type { Locality } from '../../api/upstream.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { SharedResourceManager } from '../circuit-breakers/resource-manager.ts'
import type { DiscoveryType } from '../config/discovery-type.ts'
import type { HealthStatus } from '../config/load-assignment.ts'
import { healthCheckAddress } from '../health-check/host-health-check.ts'
import { flagNames, healthOf } from '../health-flags.ts'
import type { Health, HostDescription } from '../host-snapshot.ts'
import { HOST } from '../shared-layout.ts'
import type { SuccessRates } from '../outlier-detection/success-rates.ts'
import type { ClusterHealth } from './cluster-health.ts'
import type { MainCluster } from './main-cluster.ts'

export interface ClusterStatus {
  readonly name: string
  readonly observabilityName: string
  readonly addedViaApi: boolean
  readonly defaultThresholds: ThresholdStatus
  readonly highThresholds: ThresholdStatus
  readonly hosts: readonly HostStatus[]
  /** Of type EDS, where it is not the cluster's name. */
  readonly edsServiceName: string | undefined
  /** cluster_name of its assignment. */
  readonly assignmentName: string
  readonly overprovisioningFactor: number
  /** False: its hosts come one by one, from no locality. */
  readonly hasLocalityWeights: boolean
  /** Where outliers are detected. */
  readonly outlier: Readonly<Record<'external' | 'local', SuccessRates>> | undefined
}

export interface ThresholdStatus {
  readonly maxConnections: number
  readonly maxPendingRequests: number
  readonly maxRequests: number
  readonly maxRetries: number
}

export interface HostStatus {
  readonly address: Address
  readonly additionalAddresses: readonly Address[] | undefined
  readonly hostname: string
  readonly healthFlags: readonly string[]
  readonly edsHealthStatus: HealthStatus
  readonly weight: number
  readonly locality: Locality
  /** 0: it has none. */
  readonly localityWeight: number
  readonly metadata: Message | undefined
  readonly canary: boolean
  readonly priority: number
  /** Whether it gets requests. */
  readonly health: Health
  /** '' when none. */
  readonly healthCheckHostname: string
  /** 0: its own. */
  readonly healthCheckPort: number
  /** In percent; -1: not known. */
  readonly successRate: number
  readonly localOriginSuccessRate: number
  readonly stats: Readonly<Record<keyof typeof HOST, number>>
}

const NO_METADATA: Message = {}
const NAMED: ReadonlySet<DiscoveryType> = new Set(['STRICT_DNS', 'LOGICAL_DNS', 'DYNAMIC_FORWARD_PROXY'])

export function clusterStatus(cluster: MainCluster): ClusterStatus {
  const { name, observabilityName, eds, discovery } = cluster.config
  // Hosts that names lead to always have some.
  const metadata = NAMED.has(discovery) ? NO_METADATA : undefined
  return {
    name,
    observabilityName,
    addedViaApi: cluster.origin.addedViaApi,
    defaultThresholds: thresholdStatus(cluster.breakers.default),
    highThresholds: thresholdStatus(cluster.breakers.high),
    outlier: cluster.health.detector?.rates,
    edsServiceName: eds?.isNamed === true ? eds.serviceName : undefined,
    assignmentName: eds?.serviceName ?? name,
    overprovisioningFactor: cluster.policy.overprovisioningFactor,
    hasLocalityWeights: discovery !== 'ORIGINAL_DST',
    hosts: cluster.hosts.map((host) => hostStatus(host, cluster.health, metadata)),
  }
}

function thresholdStatus(resources: SharedResourceManager): ThresholdStatus {
  return {
    maxConnections: resources.connections.max,
    maxPendingRequests: resources.pendingRequests.max,
    maxRequests: resources.requests.max,
    maxRetries: resources.retries.max,
  }
}

function hostStatus(host: HostDescription, health: ClusterHealth, metadata: Message | undefined): HostStatus {
  const { id, address, hostname, healthStatus, weight, locality, localityWeight, canary, priority } = host
  const flags = health.flagsOf(id)
  const checked = healthCheckAddress(host)
  const counters = new SharedCounters(host.counters)
  const count = (name: keyof typeof HOST): number => counters.get(HOST[name]) >>> 0
  return {
    address,
    additionalAddresses: host.additionalAddresses,
    hostname,
    healthFlags: flagNames(healthStatus, flags),
    health: healthOf(healthStatus, flags),
    healthCheckHostname: host.healthCheck?.hostname ?? '',
    healthCheckPort: checked.kind === 'ip' && checked.text !== address.text ? checked.port : 0,
    successRate: health.detector?.successRateOf(id, 'external') ?? -1,
    localOriginSuccessRate: health.detector?.successRateOf(id, 'local') ?? -1,
    edsHealthStatus: healthStatus,
    weight,
    locality,
    localityWeight,
    metadata: host.metadata ?? metadata,
    canary,
    priority,
    stats: {
      cxActive: count('cxActive'),
      cxTotal: count('cxTotal'),
      cxConnectFail: count('cxConnectFail'),
      rqActive: count('rqActive'),
      rqPendingActive: count('rqPendingActive'),
      rqTotal: count('rqTotal'),
      rqSuccess: count('rqSuccess'),
      rqError: count('rqError'),
      rqTimeout: count('rqTimeout'),
    },
  }
}
