/** envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import type { TokenBucketConfig } from '../../../../config/token-bucket.ts'
import { readTokenBucket } from '../../../../config/token-bucket.ts'
import type { SharedName } from '../../common/shared-name.ts'
import { sharedNameOf } from '../../common/shared-name.ts'

export interface ConnectionRateConfig {
  readonly statPrefix: string
  readonly bucket: TokenBucketConfig
  readonly enabled: RuntimeFeatureFlag
  /** Of a bucket that filters with the same key and the same bucket share; '' for one of its own. */
  readonly shareKey: string
  /** Of the bucket in shared memory. */
  readonly sharedName: SharedName
}

const SHORTEST_FILL_MS = 50

export function parseConnectionRate(reader: Reader): ConnectionRateConfig {
  const bucket = reader.message('token_bucket', (inner) => {
    const config = readTokenBucket(inner)
    if (config.maxTokens > 0 && config.fillIntervalMs < SHORTEST_FILL_MS) {
      inner.error('fill_interval', 'NU108', 'local rate limit token bucket fill timer must be >= 50ms')
    }
    return config
  })
  return {
    statPrefix: reader.string('stat_prefix'),
    bucket: bucket ?? { maxTokens: 0, tokensPerFill: 1, fillIntervalMs: SHORTEST_FILL_MS },
    enabled: readRuntimeFeatureFlag(reader, 'runtime_enabled', true),
    shareKey: reader.string('share_key'),
    sharedName: sharedNameOf(reader),
  }
}
