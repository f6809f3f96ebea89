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

  /** `ofRoute`: the name of the route table that the configuration may come from, and since when there are routes. */
  constructor(config: BandwidthLimitConfig, context: FactoryContext, ofRoute?: { table: string; since: number }) {
    const { bytesPerSecond, fillIntervalMs, sharedName, statPrefix } = config
    const state = statesOf(context.shared, sharedName, ofRoute?.table).claim('bucket', 1)
    const clock = new SharedClock(context.dispatcher, context.shared)
    this.config = config
    this.bucket = new AtomicTokenBucket({ maxTokens: bytesPerSecond, tokensPerSecond: bytesPerSecond }, state, 0, clock)
    this.bucket.startWith(Math.floor((bytesPerSecond * fillIntervalMs) / 1000), ofRoute?.since)
    this.requestStats = createBandwidthStats(context.scope, statPrefix, 'request')
    this.responseStats = createBandwidthStats(context.scope, statPrefix, 'response')
    this.#runtime = context.runtime
  }

  get enabled(): boolean {
    return this.config.enabled(this.#runtime)
  }
}
