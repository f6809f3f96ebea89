/** The token bucket that new connections take from, as listener and network filters have it. */
import type { Reader } from '../../../api/config.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import type { SharedStates } from '../../../api/shared-states.ts'
import { AtomicTokenBucket } from '../../../base/atomic-token-bucket.ts'
import { SharedClock } from '../../../base/shared-clock.ts'
import type { TokenBucketConfig } from '../../../config/token-bucket.ts'
import { readTokenBucket, tokensPerSecond } from '../../../config/token-bucket.ts'

const SHORTEST_FILL_MS = 50

/** Field `token_bucket`. */
export function readConnectionBucket(reader: Reader): TokenBucketConfig {
  const bucket = reader.message('token_bucket', (inner) => {
    const config = readTokenBucket(inner)
    if (config.maxTokens > 0 && config.fillIntervalMs < SHORTEST_FILL_MS) {
      inner.error('fill_interval', 'NU108', 'local rate limit token bucket fill timer must be >= 50ms')
    }
    return config
  })
  return bucket ?? { maxTokens: 0, tokensPerFill: 1, fillIntervalMs: SHORTEST_FILL_MS }
}

/** One for all workers. */
export function createConnectionBucket(
  config: TokenBucketConfig,
  states: SharedStates,
  { dispatcher, shared }: FactoryContext,
): AtomicTokenBucket {
  const rate = { maxTokens: config.maxTokens, tokensPerSecond: tokensPerSecond(config) }
  return new AtomicTokenBucket(rate, states.claim('bucket', 1), 0, new SharedClock(dispatcher, shared))
}
