/** envoy.type.v3.TokenBucket. */
import type { Reader } from '../api/config.ts'

export interface TokenBucketConfig {
  readonly maxTokens: number
  readonly tokensPerFill: number
  /** ms, above zero. */
  readonly fillIntervalMs: number
}

export function readTokenBucket(reader: Reader): TokenBucketConfig {
  return {
    maxTokens: reader.number('max_tokens', 0),
    tokensPerFill: reader.number('tokens_per_fill', 1),
    fillIntervalMs: reader.durationMs('fill_interval', 0),
  }
}

/** Buckets fill all the time: the interval only tells how fast. */
export function tokensPerSecond({ tokensPerFill, fillIntervalMs }: TokenBucketConfig): number {
  return (tokensPerFill / fillIntervalMs) * 1000
}
