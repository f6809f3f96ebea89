/** envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit, of the filter or of a route, parsed. */
import type { Message, Reader } from '../../../../api/config.ts'
import type { RateLimitPolicy } from '../../../../api/rate-limit.ts'
import { readHttpStatus } from '../../../../config/http-status.ts'
import type { TokenBucketConfig } from '../../../../config/token-bucket.ts'
import { readTokenBucket } from '../../../../config/token-bucket.ts'
import type { HeaderMutations } from '../../../../router/header-mutations.ts'
import { readHeaderAdditions } from '../../../../router/header-mutations.ts'
import { readRateLimitPolicy } from '../../../../router/rate-limit/rate-limit-policy.ts'
import type { RuntimeFraction } from '../../../../router/runtime-fraction.ts'
import { readRuntimeFraction } from '../../../../router/runtime-fraction.ts'
import type { SharedName } from '../../common/shared-name.ts'
import { sharedNameOf } from '../../common/shared-name.ts'
import type { DescriptorConfig } from './descriptor-config.ts'
import { readDescriptors } from './descriptor-config.ts'

export interface LocalRateLimitConfig {
  readonly statPrefix: string
  readonly status: number
  readonly limits: LimiterConfig
  /** Undefined: never. */
  readonly enabled: RuntimeFraction | undefined
  readonly enforced: RuntimeFraction | undefined
  readonly responseHeaders: HeaderMutations
  readonly requestHeadersWhenNotEnforced: HeaderMutations
  /** Of the route's rate limits; those of the filter have none. */
  readonly stage: number
  /** The filter's own; empty where the route's apply. */
  readonly rateLimits: RateLimitPolicy
  readonly virtualHostLimits: 'OVERRIDE' | 'INCLUDE' | 'IGNORE'
  readonly perConnection: boolean
  readonly xRateLimitHeaders: boolean
  readonly retryAfter: boolean
  readonly resourceExhausted: boolean
  /** Of its buckets in shared memory. */
  readonly sharedName: SharedName
}

/** What a limiter is made of. */
export interface LimiterConfig {
  /** Undefined: without a limit. */
  readonly bucket: TokenBucketConfig | undefined
  readonly descriptors: readonly DescriptorConfig[]
  /** How many combinations of values a descriptor with wildcards keeps apart. */
  readonly maxDynamicDescriptors: number
  /** A request that a descriptor matches also takes from the default bucket. */
  readonly alwaysConsumeDefault: boolean
}

const SHORTEST_FILL_MS = 50
const TOO_MANY_REQUESTS = 429

export function parseLocalRateLimit(reader: Reader): LocalRateLimitConfig {
  const status = reader.message('status', readHttpStatus) ?? TOO_MANY_REQUESTS
  return {
    statPrefix: reader.string('stat_prefix'),
    // What is refused is an error: Envoy takes nothing less for the status.
    status: status < 400 ? TOO_MANY_REQUESTS : status,
    limits: {
      bucket: reader.message('token_bucket', readDefaultBucket),
      descriptors: readDescriptors(reader),
      maxDynamicDescriptors: reader.number('max_dynamic_descriptors', 20),
      alwaysConsumeDefault: reader.bool('always_consume_default_token_bucket', true),
    },
    enabled: reader.message('filter_enabled', readRuntimeFraction),
    enforced: reader.message('filter_enforced', readRuntimeFraction),
    responseHeaders: readHeaderAdditions(reader, 'response_headers_to_add'),
    requestHeadersWhenNotEnforced: readHeaderAdditions(reader, 'request_headers_to_add_when_not_enforced'),
    stage: reader.number('stage', 0),
    rateLimits: readOwnRateLimits(reader),
    virtualHostLimits: reader.enumeration('vh_rate_limits', 'OVERRIDE'),
    perConnection: reader.bool('local_rate_limit_per_downstream_connection', false),
    xRateLimitHeaders:
      reader.enumeration<'OFF' | 'DRAFT_VERSION_03'>('enable_x_ratelimit_headers', 'OFF') === 'DRAFT_VERSION_03',
    retryAfter: reader.bool('enable_retry_after_header', false),
    resourceExhausted: reader.bool('rate_limited_as_resource_exhausted', false),
    sharedName: sharedNameOf(reader),
  }
}

/** At a route a filter without a bucket would make no sense. */
export function parseLocalRateLimitPerRoute(reader: Reader): LocalRateLimitConfig {
  if (!reader.has('token_bucket')) {
    reader.error(undefined, 'NU109', 'local rate limit token bucket must be set for per filter configs')
  }
  return parseLocalRateLimit(reader)
}

function readDefaultBucket(reader: Reader): TokenBucketConfig {
  const bucket = readTokenBucket(reader)
  if (bucket.maxTokens > 0 && bucket.fillIntervalMs < SHORTEST_FILL_MS) {
    reader.error('fill_interval', 'NU108', 'local rate limit token bucket fill timer must be >= 50ms')
  }
  return bucket
}

function readOwnRateLimits(reader: Reader): RateLimitPolicy {
  const limits = reader.json['rate_limits']
  const sets = (field: string): boolean =>
    Array.isArray(limits) && limits.some((limit) => (limit as Message)[field] !== undefined)
  if (sets('stage') || sets('disable_key')) {
    reader.error('rate_limits', 'NU108', "'stage' field and 'disable_key' field are not supported")
  }
  if (sets('limit')) reader.error('rate_limits', 'NU108', "'limit' field is not supported")
  return readRateLimitPolicy(reader)
}
