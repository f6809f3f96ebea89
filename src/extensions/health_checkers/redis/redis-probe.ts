/** Asks a Redis server for a PONG, or whether it lacks a key. */
import { encodeCommand } from '../../../codec/redis/encode-command.ts'
import type { RespValue } from '../../../codec/redis/resp-value.ts'
import type { CheckedCluster, CheckedHost } from '../../../upstream/health-check/custom-health-check.ts'
import type { Probe } from '../../../upstream/health-check/probe.ts'
import { NETWORK_FAILURE } from '../../../upstream/health-check/probe.ts'
import type { RedisCheckConfig } from './config.ts'
import { RedisClient } from './redis-client.ts'
import type { RedisStats } from './redis-stats.ts'
import { countersOf } from './redis-stats.ts'

const ACTIVE_FAILURE = { type: 'ACTIVE', retriable: false, status: 0 } as const

export class RedisProbe implements Probe {
  readonly #cluster: CheckedCluster
  readonly #host: CheckedHost
  readonly #stats: RedisStats
  readonly #key: string
  readonly #command: Uint8Array
  #client: RedisClient | undefined = undefined

  constructor({ key }: RedisCheckConfig, cluster: CheckedCluster, host: CheckedHost, stats: RedisStats) {
    this.#cluster = cluster
    this.#host = host
    this.#stats = stats
    this.#key = key
    this.#command = key === '' ? encodeCommand('PING') : encodeCommand('EXISTS', key)
  }

  ask(): void {
    this.#client ??= this.#connect()
    this.#client.request(this.#command, {
      onAnswer: (value) => this.#onAnswer(value),
      onFailed: () => this.#host.results.failed(NETWORK_FAILURE),
    })
  }

  onTimeout(): void {
    this.#drop()
  }

  close(): void {
    this.#drop()
  }

  #connect(): RedisClient {
    const { dispatcher, connectTimeoutMs, redisAuth } = this.#cluster
    const client = new RedisClient(this.#host.connectForTraffic(), {
      dispatcher,
      connectTimeoutMs,
      stats: this.#stats,
      host: countersOf(this.#host.description),
      onClosed: () => (this.#client = undefined),
    })
    const { username, password } = redisAuth
    // Whether that goes well shows in the answers to what is asked next.
    if (username !== '') client.request(encodeCommand('auth', username, password), undefined)
    else if (password !== '') client.request(encodeCommand('auth', password), undefined)
    return client
  }

  #onAnswer(value: RespValue): void {
    const { results } = this.#host
    const isError = value.type === 'error' || value.type === 'blob-error'
    const words = isError ? value.text.split(' ').filter((word) => word !== '') : []
    // These leave the connection as it is. A server that sends others elsewhere does its work.
    if (words.length === 3 && (words[0] === 'MOVED' || words[0] === 'ASK')) return results.succeeded(false)
    if (words[0] === 'CLUSTERDOWN') return results.failed(NETWORK_FAILURE)
    if (!this.#cluster.reuseConnection) this.#client?.close()
    if (this.#isWell(value)) return results.succeeded(false)
    if (this.#key !== '') this.#stats.count('health_check.redis.exists_failure')
    results.failed(ACTIVE_FAILURE)
  }

  /** A key that is there is how somebody takes the server out of use. */
  #isWell({ type, text, integer }: RespValue): boolean {
    if (this.#key === '') return type === 'simple-string' && text === 'PONG'
    return type === 'integer' && integer === 0n
  }

  #drop(): void {
    this.#client?.cancel()
    this.#client?.close()
  }
}
