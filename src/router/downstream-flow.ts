/** Stops the reading of a response while the client reads too slowly. */
import type { WatermarkObserver } from '../api/bytes.ts'
import type { Attempts } from './attempts.ts'
import type { RequestCharges } from './request-charges.ts'

export class DownstreamFlow implements WatermarkObserver {
  readonly #attempts: Attempts
  readonly #charges: RequestCharges
  #full = 0

  constructor(attempts: Attempts, charges: RequestCharges) {
    this.#attempts = attempts
    this.#charges = charges
  }

  get isFull(): boolean {
    return this.#full > 0
  }

  onAboveHighWatermark(): void {
    if (this.#full++ > 0) return
    this.#charges.count('upstream_flow_control_paused_reading_total')
    this.#attempts.readDisable(true)
  }

  onBelowLowWatermark(): void {
    if (--this.#full > 0) return
    this.#charges.count('upstream_flow_control_resumed_reading_total')
    this.#attempts.readDisable(false)
  }
}
