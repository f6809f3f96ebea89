/**
 * Whether connections of a filter chain should close after their next response.
 *
 * Two causes: the server's health check was failed by hand (not for MODIFY_ONLY listeners), or the chain is draining,
 * with its listener or alone. A gradual drain closes a growing share of responses: nothing in the first second,
 * everything after half of the drain time; `immediate` closes from the first response on.
 */
import type { Dispatcher } from '../api/event.ts'
import type { DrainDecision } from '../api/extension.ts'

/** HTTP uses the first half of the drain time for the ramp, so that the second half is left for the stragglers. */
const HTTP_RAMP_SHARE = 0.5

export interface DrainStateDeps {
  readonly dispatcher: Dispatcher
  readonly health: { readonly failed: boolean }
  readonly random: () => number
  readonly drainTimeS: number
  readonly strategy: 'gradual' | 'immediate'
}

export class DrainState implements DrainDecision {
  readonly #deps: DrainStateDeps
  readonly #drainsOnHealthFailure: boolean
  #startedAt: number | undefined = undefined

  constructor(deps: DrainStateDeps, drainType: 'DEFAULT' | 'MODIFY_ONLY') {
    this.#deps = deps
    this.#drainsOnHealthFailure = drainType === 'DEFAULT'
  }

  /** Begins the drain; false when it had begun already. */
  start(): boolean {
    if (this.#startedAt !== undefined) return false
    this.#startedAt = this.#deps.dispatcher.now
    return true
  }

  get draining(): boolean {
    return this.#startedAt !== undefined
  }

  get drainClose(): boolean {
    return this.#decide(HTTP_RAMP_SHARE)
  }

  get rawDrainClose(): boolean {
    return this.#decide(1)
  }

  /** The ramp takes this share of the drain time. */
  #decide(share: number): boolean {
    if (this.#drainsOnHealthFailure && this.#deps.health.failed) return true
    if (this.#startedAt === undefined) return false
    if (this.#deps.strategy === 'immediate') return true
    const elapsedS = Math.floor((this.#deps.dispatcher.now - this.#startedAt) / 1000)
    const windowS = Math.ceil(this.#deps.drainTimeS * share)
    return elapsedS >= windowS || this.#deps.random() * windowS < elapsedS
  }
}
