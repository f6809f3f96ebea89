/** envoy.config.route.v3.RateLimit.Override: a limit that is known here and goes along with the descriptor. */
import type { Reader } from '../../api/config.ts'
import type { RateLimitOverride, RateLimitRequest, RateLimitUnit } from '../../api/rate-limit.ts'
import type { MetadataKey } from '../../config/matchers/metadata-key.ts'
import { readMetadataKey } from '../../config/matchers/metadata-key.ts'
import { valueAtPath } from '../../config/matchers/metadata-matcher.ts'

export type LimitOverride = (request: RateLimitRequest) => RateLimitOverride | undefined

export function readLimitOverride(reader: Reader): LimitOverride {
  if (reader.oneof('override_specifier') === 'rate_limit') {
    const fixed = reader.message('rate_limit', (limit) => ({
      requestsPerUnit: limit.number('requests_per_unit', 0),
      unit: limit.enumeration<RateLimitUnit>('unit', 'UNKNOWN'),
    }))
    return () => fixed
  }
  const key = reader.message('dynamic_metadata', (metadata) => metadata.message('metadata_key', readMetadataKey))
  return (request) => (key === undefined ? undefined : fromMetadata(request, key))
}

const UNITS: ReadonlySet<unknown> = new Set<RateLimitUnit>([
  'UNKNOWN',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'MONTH',
  'YEAR',
])

/** `{requests_per_unit: number, unit: "MINUTE"}`; anything else is no limit. */
function fromMetadata({ streamInfo }: RateLimitRequest, key: MetadataKey): RateLimitOverride | undefined {
  const requests = valueAtPath(streamInfo.dynamicMetadata?.get(key.filter), [...key.path, 'requests_per_unit'])
  const unit = valueAtPath(streamInfo.dynamicMetadata?.get(key.filter), [...key.path, 'unit'])
  if (typeof requests !== 'number' || !isUnit(unit)) return undefined
  return { requestsPerUnit: Math.trunc(requests), unit }
}

function isUnit(value: unknown): value is RateLimitUnit {
  return UNITS.has(value)
}
