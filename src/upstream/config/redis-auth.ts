/**
 * envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions: how the proxy logs in to the servers of a cluster. Here
 * only their health checks do, so that without those nobody reads it.
 */
import type { Json, Reader } from '../../api/config.ts'
import { readDataSource } from '../../config/data-source.ts'

/** A character a byte; '': none. */
export interface RedisAuth {
  readonly username: string
  readonly password: string
}

export const REDIS_PROTOCOL_OPTIONS = 'envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions'
export const REDIS_FILTER = 'envoy.filters.network.redis_proxy'
const REDIS_CHECK = 'envoy.extensions.health_checkers.redis.v3.Redis'

export const NO_REDIS_AUTH: RedisAuth = { username: '', password: '' }

export function readRedisAuth(cluster: Reader): RedisAuth {
  if (!isCheckedAsRedis(cluster.json)) return NO_REDIS_AUTH
  let auth = NO_REDIS_AUTH
  cluster.map('typed_extension_protocol_options', (options, key) => {
    if (key === REDIS_FILTER && options.type === REDIS_PROTOCOL_OPTIONS) auth = readOptions(options)
    else options.keep()
  })
  return auth
}

function isCheckedAsRedis(cluster: Readonly<Record<string, Json | undefined>>): boolean {
  const { health_checks: checks } = cluster
  return Array.isArray(checks) && JSON.stringify(checks).includes(REDIS_CHECK)
}

function readOptions(options: Reader): RedisAuth {
  options.ignore('credentials', 'checks log in to all hosts alike, in Envoy as well')
  return { username: readText(options, 'auth_username'), password: readText(options, 'auth_password') }
}

function readText(options: Reader, field: string): string {
  const bytes = options.message(field, readDataSource)
  return bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
}
