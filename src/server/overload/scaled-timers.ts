/**
 * Timers that come earlier the more overloaded the process is (Envoy's ScaledRangeTimerManager): after their minimum, the
 * rest of the time passes at a share of its length, also for timers that are running when the share changes.
 */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { ScaledTimerKind } from '../../api/overload.ts'
import type { ScaledTimersConfig, TimerMinimum } from './scaled-timers-config.ts'

export class ScaledTimers {
  readonly #config: ScaledTimersConfig
  readonly #running = new Set<ScaledTimer>()
  #share = 1

  constructor(config: ScaledTimersConfig) {
    this.#config = config
  }

  /** How much of the time beyond the minimum is left, 0 … 1. */
  get share(): number {
    return this.#share
  }

  setShare(share: number): void {
    if (share === this.#share) return
    this.#share = share
    for (const timer of this.#running) timer.rescale()
  }

  timer(kind: ScaledTimerKind, dispatcher: Dispatcher, callback: () => void): Timer {
    const minimum = this.#config[kind]
    if (minimum === undefined) return dispatcher.timer(callback)
    return new ScaledTimer({ dispatcher, callback, minimum, owner: this })
  }

  /** For timers of this only. */
  started(timer: ScaledTimer): void {
    this.#running.add(timer)
  }

  /** For timers of this only. */
  stopped(timer: ScaledTimer): void {
    this.#running.delete(timer)
  }
}

interface ScaledTimerDeps {
  readonly dispatcher: Dispatcher
  readonly callback: () => void
  readonly minimum: TimerMinimum
  readonly owner: ScaledTimers
}

class ScaledTimer implements Timer {
  readonly #deps: ScaledTimerDeps
  readonly #timer: Timer
  #startedAt = 0
  #ms = 0

  constructor(deps: ScaledTimerDeps) {
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => {
      deps.owner.stopped(this)
      deps.callback()
    })
  }

  get enabled(): boolean {
    return this.#timer.enabled
  }

  enable(ms: number): void {
    this.#ms = ms
    this.#startedAt = this.#deps.dispatcher.now
    this.#deps.owner.started(this)
    this.#timer.enable(this.#scaledMs())
  }

  disable(): void {
    this.#deps.owner.stopped(this)
    this.#timer.disable()
  }

  rescale(): void {
    const elapsed = this.#deps.dispatcher.now - this.#startedAt
    this.#timer.enable(Math.max(0, this.#scaledMs() - elapsed))
  }

  #scaledMs(): number {
    const { minimum, owner } = this.#deps
    const least = Math.min(this.#ms, minimum.kind === 'absolute' ? minimum.ms : minimum.fraction * this.#ms)
    return least + (this.#ms - least) * owner.share
  }
}
