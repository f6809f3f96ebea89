/** Lets as many requests through at a time as the upstreams answer without getting slower. */
import type { HeadersStatus } from '../../../../api/http.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { AdaptiveConcurrencyConfig } from './config.ts'
import type { GradientController } from './gradient-controller.ts'

export interface AdaptiveConcurrencyShared {
  readonly config: AdaptiveConcurrencyConfig
  readonly controller: GradientController
  readonly runtime: Runtime
}

export class AdaptiveConcurrencyFilter extends PassThroughFilter {
  readonly #shared: AdaptiveConcurrencyShared
  /** The request was admitted and is not answered yet. */
  #admitted = false
  /** By the controller's clock. */
  #begunAt = 0
  /** By the precise clock, in ms. */
  #begunPrecisely = 0

  constructor(shared: AdaptiveConcurrencyShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(): HeadersStatus {
    const { config, controller, runtime } = this.#shared
    const { streamInfo, dispatcher } = this.callbacks
    if (!config.enabled(runtime) || streamInfo.healthCheck === true) return 'continue'
    if (!controller.admits()) {
      this.callbacks.sendLocalReply({
        status: config.status,
        body: 'reached concurrency limit',
        details: 'reached_concurrency_limit',
      })
      return 'stop-iteration'
    }
    this.#admitted = true
    this.#begunAt = controller.seconds
    this.#begunPrecisely = dispatcher.preciseNow()
    return 'continue'
  }

  encodeHeaders(): 'continue' {
    return 'continue'
  }

  encodeComplete(): void {
    if (!this.#admitted) return
    this.#admitted = false
    const ms = this.callbacks.dispatcher.preciseNow() - this.#begunPrecisely
    this.#shared.controller.record(this.#begunAt, ms * 1000)
  }

  override onDestroy(): void {
    if (!this.#admitted) return
    this.#admitted = false
    this.#shared.controller.cancel()
  }
}
