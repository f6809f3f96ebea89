/** The balancing policies as plain data: what crosses to the workers, and what extensions of the category return. */
import type { Json } from '../../../api/config.ts'
import type { MetadataKey } from '../../../config/matchers/metadata-key.ts'

export type LbPolicy =
  | RoundRobinPolicy
  | LeastRequestPolicy
  | RandomPolicy
  | RingHashPolicy
  | MaglevPolicy
  | SubsetPolicy
  | OverrideHostPolicy
  | LoadAwareLocalityPolicy

/** Said in the place of a policy: the cluster chooses in a way of its own, see provided-balancing.ts. */
export interface ClusterProvided {
  readonly kind: 'cluster_provided'
}

export interface LocalityPolicy {
  /** Localities are chosen first, by their weights. */
  readonly localityWeighted: boolean
  /** In panic, fail instead of using hosts that are not healthy. */
  readonly failTrafficOnPanic: boolean
  /** How the proxy's own zone is preferred; undefined: as ever. */
  readonly zoneAware?: ZoneAwareRouting | undefined
}

/** What counts where the bootstrap names the cluster that this proxy belongs to. */
export interface ZoneAwareRouting {
  /** Whole percent of the requests. */
  readonly routingEnabledPercent: number
  /** Fewer healthy hosts are used from everywhere. */
  readonly minClusterSize: number
  /** So many healthy hosts of the own locality get all there is; undefined: they get their fair share. */
  readonly forceLocalZoneMinSize: number | undefined
  /** What the share of a locality is worked out from. */
  readonly basis: 'hosts' | 'weights'
}

export interface RoundRobinPolicy extends LocalityPolicy {
  readonly kind: 'round_robin'
  readonly slowStart?: SlowStart | undefined
  /** Hosts say with their responses what they weigh. */
  readonly orca?: OrcaWeighting | undefined
}

/** client_side_weighted_round_robin: weights from reports of load. Times in ms. */
export interface OrcaWeighting {
  /** From its first report on a host waits so long. */
  readonly blackoutMs: number
  /** After so long without a report it is as if there had been none. */
  readonly expirationMs: number
  readonly updateMs: number
  /** What the share of requests that fail adds to the utilisation, times this. */
  readonly errorPenalty: number
  /** Of these the largest is the utilisation, before what the report has besides. */
  readonly metricNames: readonly string[]
}

export interface LeastRequestPolicy extends LocalityPolicy {
  readonly kind: 'least_request'
  readonly choiceCount: number
  /** Exponent of the number of requests in flight, by which weights are divided. */
  readonly activeRequestBias: RuntimeDouble
  /** The least of all hosts instead of a few random ones. */
  readonly fullScan: boolean
  readonly slowStart?: SlowStart | undefined
}

export interface RandomPolicy extends LocalityPolicy {
  readonly kind: 'random'
}

/** New hosts get their share bit by bit. */
export interface SlowStart {
  readonly windowMs: number
  readonly aggression: RuntimeDouble
  /** 0–1: a host has this part of its weight at least. */
  readonly minWeight: number
}

/** A number that the runtime may change; '' is no key. */
export interface RuntimeDouble {
  readonly value: number
  readonly runtimeKey: string
}

export interface ConsistentHashing {
  /** Hosts are hashed by their host names instead of their addresses. */
  readonly useHostname: boolean
  /** In percent of the average number of requests: what a host may have before another one is taken; 0: any number. */
  readonly balanceFactor: number
  readonly localityWeighted: boolean
  /** RouteAction.HashPolicy messages that take the place of the route's. */
  readonly hashPolicy?: Json | undefined
}

export interface RingHashPolicy extends ConsistentHashing {
  readonly kind: 'ring_hash'
  readonly hashFunction: 'XX_HASH' | 'MURMUR_HASH_2'
  readonly minimumRingSize: number
  readonly maximumRingSize: number
}

export interface MaglevPolicy extends ConsistentHashing {
  readonly kind: 'maglev'
  /** A prime. */
  readonly tableSize: number
}

export interface SubsetPolicy {
  readonly kind: 'subset'
  /** How hosts of a subset are chosen. */
  readonly within: LbPolicy
  readonly fallback: SubsetFallback
  readonly defaultSubset: Readonly<Record<string, Json>>
  readonly selectors: readonly SubsetSelector[]
  readonly localityWeightAware: boolean
  readonly scaleLocalityWeight: boolean
  readonly panicModeAny: boolean
  /** A list in a host's metadata stands for each of its items. */
  readonly listAsAny: boolean
  readonly usesFallbackList: boolean
  /** Keys of a request that belong to no selector are left out. */
  readonly allowsRedundantKeys: boolean
}

export type SubsetFallback = 'NO_FALLBACK' | 'ANY_ENDPOINT' | 'DEFAULT_SUBSET'

export interface SubsetSelector {
  /** In order, each once. */
  readonly keys: readonly string[]
  readonly fallback: SubsetFallback | 'NOT_DEFINED' | 'KEYS_SUBSET'
  readonly fallbackKeys: readonly string[]
  readonly singleHost: boolean
}

/** Requests name their hosts. */
export interface OverrideHostPolicy {
  readonly kind: 'override_host'
  readonly sources: readonly OverrideHostSource[]
  /** Where in the dynamic metadata the address of the chosen host is left. */
  readonly selectedHostKey: MetadataKey | undefined
  readonly fallback: LbPolicy
}

/** Localities by how busy their hosts say they are, the proxy's own first. */
export interface LoadAwareLocalityPolicy {
  readonly kind: 'load_aware_locality'
  /** How a host of a locality is chosen. */
  readonly within: LbPolicy
  readonly load: LocalityLoad
}

/** How localities are weighed. Times in ms. */
export interface LocalityLoad {
  readonly updateMs: number
  /** After so long without a report a host has told nothing; 0: it never ends. */
  readonly expirationMs: number
  /** How much of the utilisation of a locality is what its hosts say now; the rest is what it was. 0–1. */
  readonly newestPart: number
  /** The own locality may be busier than the others by so much before it gives requests away; 0–1. */
  readonly tolerance: number
  /** So much the others get at least, to tell how busy they are; 0–1. */
  readonly probed: number
  readonly metricNames: readonly string[]
}

/** Where addresses may stand, with commas between them. */
export type OverrideHostSource =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'metadata'; readonly key: MetadataKey }
