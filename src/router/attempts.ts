/**
 * The attempts of a request that are under way: one, or several while a slow one is hedged by others. Their responses
 * are not read while the client reads too slowly.
 */
import type { WatermarkObserver } from '../api/bytes.ts'
import type { RequestCharges } from './request-charges.ts'
import type { UpstreamRequest } from './upstream-request.ts'

export class Attempts implements WatermarkObserver {
  /** The youngest: it gets what the downstream still sends. */
  latest: UpstreamRequest | undefined = undefined
  /** Those that it hedges. */
  #older: UpstreamRequest[] | undefined = undefined
  #full = 0
  readonly #charges: RequestCharges

  constructor(charges: RequestCharges) {
    this.#charges = charges
  }

  add(request: UpstreamRequest): void {
    if (this.latest !== undefined) (this.#older ??= []).push(this.latest)
    this.latest = request
  }

  /** It has ended, or its owner is about to cancel it. */
  remove(request: UpstreamRequest): void {
    if (request === this.latest) {
      this.latest = this.#older?.pop()
      return
    }
    const at = this.#older?.indexOf(request) ?? -1
    if (at >= 0) this.#older?.splice(at, 1)
  }

  /** Takes them all out; the receiver ends them. */
  takeAll(): readonly UpstreamRequest[] {
    const all = this.latest === undefined ? NONE : [...(this.#older ?? NONE), this.latest]
    this.latest = undefined
    this.#older = undefined
    return all
  }

  /** The response of one is chosen: the others have been for nothing. */
  cancelOthers(chosen: UpstreamRequest): void {
    if (this.#older === undefined) return
    for (const request of this.takeAll()) if (request !== chosen) request.cancel()
    this.latest = chosen
  }

  /** The client cannot take more at the moment. */
  get isFull(): boolean {
    return this.#full > 0
  }

  onAboveHighWatermark(): void {
    if (this.#full++ > 0) return
    this.#charges.count('upstream_flow_control_paused_reading_total')
    this.#readDisable(true)
  }

  onBelowLowWatermark(): void {
    if (--this.#full > 0) return
    this.#charges.count('upstream_flow_control_resumed_reading_total')
    this.#readDisable(false)
  }

  /** Somebody else answers the request: their spans are over, before that of the request is. */
  endSpans(): void {
    this.latest?.abandonSpan()
    if (this.#older !== undefined) for (const request of this.#older) request.abandonSpan()
  }

  #readDisable(disable: boolean): void {
    this.latest?.readDisable(disable)
    if (this.#older !== undefined) for (const request of this.#older) request.readDisable(disable)
  }
}

const NONE: readonly UpstreamRequest[] = []
