/**
 * `dispatcher.loop_duration_us` and `dispatcher.poll_delay_us` of one thread (enable_dispatcher_stats). The runtime has
 * no hooks around its poll, so a turn lasts from its first callback to the end of the turn, and how late a poll came
 * back shows in the timer that it was meant for.
 */
import type { Histogram, Scope } from '../api/stats.ts'

export class DispatcherStats {
  readonly #loopDuration: Histogram
  readonly #pollDelay: Histogram

  /** `owner`: what Envoy puts before `dispatcher.`, for instance `listener_manager.worker_0.`. */
  constructor(root: Scope, owner: string) {
    const scope = root.scope(`${owner}dispatcher`)
    this.#loopDuration = scope.histogram('loop_duration_us', 'us')
    this.#pollDelay = scope.histogram('poll_delay_us', 'us')
  }

  turn(durationMs: number): void {
    this.#loopDuration.record(durationMs * 1000)
  }

  polled(lateMs: number): void {
    this.#pollDelay.record(Math.max(0, lateMs * 1000))
  }
}
