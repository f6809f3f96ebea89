/** `descriptors`: buckets of their own for requests that are counted under certain entries. */
import type { Reader } from '../../../../api/config.ts'
import type { RateLimitEntry } from '../../../../api/rate-limit.ts'
import { toWireText } from '../../../../base/wire-text.ts'
import type { TokenBucketConfig } from '../../../../config/token-bucket.ts'
import { readTokenBucket } from '../../../../config/token-bucket.ts'

export interface DescriptorConfig {
  readonly entries: readonly RateLimitEntry[]
  /** Some value is empty, which stands for any: each combination of values has a bucket of its own. */
  readonly wildcard: boolean
  readonly bucket: TokenBucketConfig
  /** Over the limit, requests are only counted. */
  readonly shadow: boolean
}

const SHORTEST_FILL_MS = 50

export function readDescriptors(reader: Reader): readonly DescriptorConfig[] {
  const seen = new Set<string>()
  return reader.messages('descriptors', (each) => {
    const entries = each.messages('entries', (entry) => ({
      key: toWireText(entry.string('key')),
      value: toWireText(entry.string('value')),
    }))
    const text = entries.map(({ key, value }) => `${key}=${value}`).join(', ')
    if (seen.has(text)) {
      each.error(undefined, 'NU108', `duplicate descriptor in the local rate descriptor: ${text}`)
    }
    seen.add(text)
    const bucket = each.message('token_bucket', (inner) => {
      const config = readTokenBucket(inner)
      if (config.maxTokens > 0 && config.fillIntervalMs < SHORTEST_FILL_MS) {
        inner.error('fill_interval', 'NU108', 'local rate limit descriptor token bucket fill timer must be >= 50ms')
      }
      return config
    })
    return {
      entries,
      wildcard: entries.some(({ value }) => value === ''),
      bucket: bucket ?? { maxTokens: 0, tokensPerFill: 1, fillIntervalMs: SHORTEST_FILL_MS },
      shadow: each.bool('shadow_mode', false),
    }
  })
}
