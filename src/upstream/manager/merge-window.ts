/**
 * When an update of hosts leaves for the workers (CommonLbConfig.update_merge_window): what discovery brings at once, what
 * checks and outlier detection say of their health at most once a window.
 */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { ClusterManagerStats } from './cluster-manager-stats.ts'

export class MergeWindow {
  readonly #dispatcher: Dispatcher
  /** ms; 0: no window. */
  readonly #windowMs: number
  readonly #stats: ClusterManagerStats
  readonly #deliver: () => void
  readonly #timer: Timer
  #lastUpdate = -Infinity

  constructor(dispatcher: Dispatcher, windowMs: number, stats: ClusterManagerStats, deliver: () => void) {
    this.#dispatcher = dispatcher
    this.#windowMs = windowMs
    this.#stats = stats
    this.#deliver = deliver
    this.#timer = dispatcher.timer(() => this.#onTimer())
  }

  update(mergeable: boolean): void {
    if (this.#windowMs > 0 && this.#isPutOff(mergeable)) return
    this.#stats.clusterUpdated.inc()
    this.#deliver()
  }

  /** What discovery brings and `tell` says by itself, unless something is put off, which then leaves along with it. */
  updateAlone(tell: () => void): void {
    const deliver = this.#timer.enabled ? this.#deliver : tell
    if (this.#windowMs > 0) this.#isPutOff(false)
    this.#stats.clusterUpdated.inc()
    deliver()
  }

  close(): void {
    this.#timer.disable()
  }

  #isPutOff(mergeable: boolean): boolean {
    const { now } = this.#dispatcher
    if (mergeable && now - this.#lastUpdate <= this.#windowMs) {
      if (!this.#timer.enabled) this.#timer.enable(this.#windowMs)
      return true
    }
    if (mergeable) this.#stats.outOfMergeWindow.inc()
    if (this.#timer.enabled) {
      this.#timer.disable()
      this.#stats.mergeCancelled.inc()
    }
    this.#lastUpdate = now
    return false
  }

  #onTimer(): void {
    this.#lastUpdate = this.#dispatcher.now
    this.#stats.updatedViaMerge.inc()
    this.#deliver()
  }
}
