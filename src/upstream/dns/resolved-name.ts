/** One name of a cluster that is looked up for as long as the cluster lives. */
import type { Dispatcher, Random, Timer } from '../../api/event.ts'
import type { DnsSettings } from '../config/dns-settings.ts'
import type { UpdateStats } from '../cluster-stats.ts'
import type { DnsResolver, DnsResult } from './dns-resolver.ts'
import { RefreshInterval } from './refresh-interval.ts'

export interface ResolvedNameDeps {
  readonly dispatcher: Dispatcher
  readonly random: Random
  readonly resolver: DnsResolver
}

export class ResolvedName {
  readonly #name: string
  readonly #settings: DnsSettings
  readonly #stats: UpdateStats
  readonly #deps: ResolvedNameDeps
  readonly #interval: RefreshInterval
  readonly #timer: Timer
  /** Takes the answer; false when it is to count as a failure. */
  readonly #onAnswer: (result: Extract<DnsResult, { status: 'completed' }>) => boolean
  readonly #onAttempted: () => void
  #active: { cancel(): void } | undefined = undefined

  constructor(
    name: string,
    settings: DnsSettings,
    stats: UpdateStats,
    deps: ResolvedNameDeps,
    callbacks: {
      onAnswer(result: Extract<DnsResult, { status: 'completed' }>): boolean
      /** After every lookup, whatever came of it. */
      onAttempted(): void
    },
  ) {
    this.#name = name
    this.#settings = settings
    this.#stats = stats
    this.#deps = deps
    this.#interval = new RefreshInterval(settings, deps.random)
    this.#timer = deps.dispatcher.timer(() => this.lookUp())
    this.#onAnswer = (result) => callbacks.onAnswer(result)
    this.#onAttempted = () => callbacks.onAttempted()
  }

  lookUp(): void {
    this.#stats.update_attempt.inc()
    this.#active = this.#deps.resolver.resolve(this.#name, this.#settings.lookupFamily, (result) => {
      this.#active = undefined
      this.#take(result)
    })
  }

  close(): void {
    this.#timer.disable()
    this.#active?.cancel()
    this.#active = undefined
  }

  #take(result: DnsResult): void {
    if (result.status === 'completed' && this.#onAnswer(result)) {
      this.#stats.update_success.inc()
      this.#timer.enable(this.#interval.afterSuccess(result.addresses))
    } else {
      this.#stats.update_failure.inc()
      this.#timer.enable(this.#interval.afterFailure())
    }
    this.#onAttempted()
  }
}
