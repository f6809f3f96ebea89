/** envoy.type.v3.TokenBucket. */
import type { Message, Reader } from '../api/config.ts'
import { trustedReader } from './reader/trusted-reader.ts'

export const TOKEN_BUCKET = 'envoy.type.v3.TokenBucket'

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

/** A message that was checked when it came. */
export function tokenBucketOf(message: Message): TokenBucketConfig {
  return readTokenBucket(trustedReader(TOKEN_BUCKET, message))
}
