/** The attempts of a request that are under way: one, or several while a slow one is hedged by others. */
import type { UpstreamRequest } from './upstream-request.ts'

export class Attempts {
  /** The youngest: it gets what the downstream still sends. */
  latest: UpstreamRequest | undefined = undefined
  /** Those that it hedges. */
  #older: UpstreamRequest[] | undefined = undefined

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

  readDisable(disable: boolean): void {
    this.latest?.readDisable(disable)
    if (this.#older !== undefined) for (const request of this.#older) request.readDisable(disable)
  }
}

const NONE: readonly UpstreamRequest[] = []
