import type { RequestHeaders } from './headers.ts'
import type { StreamInfo } from './stream-info.ts'

/*
 * Rate limits of a route (envoy.config.route.v3.RateLimit): what a request is counted under. The router's tables carry
 * them; filters such as local_ratelimit ask for the descriptors and decide.
 */

export interface RateLimitPolicy {
  readonly isEmpty: boolean
  /** The limits of this stage (0–10), in the order of configuration. */
  stage(stage: number): readonly RateLimit[]
}

export interface RateLimit {
  /** Of the runtime; '' for none. */
  readonly disableKey: string
  /** To be counted when the stream is over, not when the request comes. */
  readonly applyOnStreamDone: boolean
  /** undefined when an action has nothing to say about this request: the limit does not apply then. */
  descriptor(request: RateLimitRequest): RateLimitDescriptor | undefined
  /** The same without `hits_addend`, which in Envoy only services hear of where a route's limits say it. */
  descriptorOfOne(request: RateLimitRequest): RateLimitDescriptor | undefined
}

export interface RateLimitRequest {
  readonly headers: RequestHeaders
  /** Its `route` is the one that the request has. */
  readonly streamInfo: StreamInfo
  /** `LocalInfo.clusterName`. */
  readonly serviceCluster: string
}

export interface RateLimitDescriptor {
  readonly entries: readonly RateLimitEntry[]
  /** Stands for what a service would say about the descriptor. */
  readonly limit: RateLimitOverride | undefined
  /** undefined: 1. Negative where hits are given back. */
  readonly hitsAddend: number | undefined
  readonly xRateLimitOption: XRateLimitOption
}

export interface RateLimitEntry {
  readonly key: string
  /** Wire text. */
  readonly value: string
}

export interface RateLimitOverride {
  readonly requestsPerUnit: number
  readonly unit: RateLimitUnit
}

export type RateLimitUnit = 'UNKNOWN' | 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY' | 'MONTH' | 'YEAR'

/** Whether x-ratelimit-* headers tell of this descriptor; UNSPECIFIED leaves it to the filter. */
export type XRateLimitOption = 'UNSPECIFIED' | 'OFF' | 'DRAFT_VERSION_03'
