/** One configuration, of the filter or of a route, with what a thread needs to apply it. */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import { AtomicTokenBucket } from '../../../../base/atomic-token-bucket.ts'
import { SharedClock } from '../../../../base/shared-clock.ts'
import { statesOf } from '../../common/shared-name.ts'
import type { BandwidthLimitConfig } from './config.ts'
import type { BandwidthStats } from './stats.ts'
import { createBandwidthStats } from './stats.ts'

export class BandwidthInUse {
  readonly config: BandwidthLimitConfig
  /** Of bytes; all streams of all threads take from it. */
  readonly bucket: AtomicTokenBucket
  readonly requestStats: BandwidthStats
  readonly responseStats: BandwidthStats
  readonly #runtime: Runtime

  /** `table`: name of the route table that the configuration may come from. */
  constructor(config: BandwidthLimitConfig, context: FactoryContext, table?: string) {
    const { bytesPerSecond, fillIntervalMs, sharedName, statPrefix } = config
    const state = statesOf(context.shared, sharedName, table).claim('bucket', 1)
    const clock = new SharedClock(context.dispatcher, context.shared)
    this.config = config
    this.bucket = new AtomicTokenBucket({ maxTokens: bytesPerSecond, tokensPerSecond: bytesPerSecond }, state, 0, clock)
    // A route's is made when the first request comes by, and is full by then.
    if (table === undefined) this.bucket.startWith(Math.floor((bytesPerSecond * fillIntervalMs) / 1000))
    this.requestStats = createBandwidthStats(context.scope, statPrefix, 'request')
    this.responseStats = createBandwidthStats(context.scope, statPrefix, 'response')
    this.#runtime = context.runtime
  }

  get enabled(): boolean {
    return this.config.enabled(this.#runtime)
  }
}
