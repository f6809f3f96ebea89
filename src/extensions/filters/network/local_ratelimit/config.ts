/** envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import type { TokenBucketConfig } from '../../../../config/token-bucket.ts'
import { readConnectionBucket } from '../../common/connection-bucket.ts'
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

export function parseConnectionRate(reader: Reader): ConnectionRateConfig {
  return {
    statPrefix: reader.string('stat_prefix'),
    bucket: readConnectionBucket(reader),
    enabled: readRuntimeFeatureFlag(reader, 'runtime_enabled', true),
    shareKey: reader.string('share_key'),
    sharedName: sharedNameOf(reader),
  }
}
