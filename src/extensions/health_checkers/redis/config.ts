/** envoy.extensions.health_checkers.redis.v3.Redis */
import type { Reader } from '../../../api/config.ts'

export interface RedisCheckConfig {
  /** A character a byte. '': PING is asked, and not whether there is this key. */
  readonly key: string
}

export function readRedisCheck(reader: Reader): RedisCheckConfig {
  return { key: Buffer.from(reader.string('key')).toString('latin1') }
}
