/** Closes connections at once when too many come in a time, over all workers. */
import type { ListenerFilter, ListenerFilterCallbacks } from '../../../../api/listener-filter.ts'
import type { FilterStatus } from '../../../../api/network.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Counter } from '../../../../api/stats.ts'
import type { AtomicTokenBucket } from '../../../../base/atomic-token-bucket.ts'
import type { AcceptRateConfig } from './config.ts'

export interface AcceptRateShared {
  readonly config: AcceptRateConfig
  readonly runtime: Runtime
  readonly bucket: AtomicTokenBucket
  readonly rateLimited: Counter
}

/** Knows nothing of single connections: one is enough. */
export class AcceptRateFilter implements ListenerFilter {
  readonly maxReadBytes = 0
  readonly #shared: AcceptRateShared

  constructor(shared: AcceptRateShared) {
    this.#shared = shared
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    const { config, runtime, bucket, rateLimited } = this.#shared
    if (!config.enabled(runtime)) return 'continue'
    if (config.bucket.maxTokens > 0 && bucket.consume(1)) return 'continue'
    rateLimited.inc()
    callbacks.close()
    return 'stop'
  }
}
