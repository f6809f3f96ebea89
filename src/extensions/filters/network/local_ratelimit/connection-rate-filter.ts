/** Ends a connection when too many come in a time, over all workers. */
import type { Connection, FilterStatus, ReadFilter } from '../../../../api/network.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Counter } from '../../../../api/stats.ts'
import type { AtomicTokenBucket } from '../../../../base/atomic-token-bucket.ts'
import type { ConnectionRateConfig } from './config.ts'

export interface ConnectionRateShared {
  readonly config: ConnectionRateConfig
  readonly runtime: Runtime
  readonly bucket: AtomicTokenBucket
  readonly rateLimited: Counter
}

export class ConnectionRateFilter implements ReadFilter {
  readonly #shared: ConnectionRateShared
  readonly #connection: Connection

  constructor(shared: ConnectionRateShared, connection: Connection) {
    this.#shared = shared
    this.#connection = connection
  }

  get keepsNoData(): boolean {
    return true
  }

  onNewConnection(): FilterStatus {
    const { config, runtime, bucket, rateLimited } = this.#shared
    if (!config.enabled(runtime)) return 'continue'
    if (config.bucket.maxTokens > 0 && bucket.consume(1)) return 'continue'
    rateLimited.inc()
    // Envoy has no better flag for it.
    this.#connection.streamInfo.setFlag('URX')
    this.#connection.close('no-flush', 'local_ratelimit_close_over_limit')
    return 'stop'
  }

  onData(): FilterStatus {
    return 'continue'
  }
}
