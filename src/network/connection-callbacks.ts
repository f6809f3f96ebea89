/** Who is told what happens to a connection. Lists may change while they are being called. */
import type { WatermarkObserver } from '../api/bytes.ts'
import type { ConnectionCallbacks, ConnectionEvent } from '../api/network.ts'

export class ConnectionCallbackList implements WatermarkObserver {
  /** Replaced, never changed: a call in progress goes on over the one that it started with. */
  #list: readonly ConnectionCallbacks[] = NOBODY

  add(callbacks: ConnectionCallbacks): void {
    this.#list = [...this.#list, callbacks]
  }

  remove(callbacks: ConnectionCallbacks): void {
    this.#list = this.#list.filter((each) => each !== callbacks)
  }

  event(event: ConnectionEvent): void {
    const list = this.#list
    for (const each of list) if (this.#stillIn(list, each)) each.onEvent(event)
  }

  onAboveHighWatermark(): void {
    const list = this.#list
    for (const each of list) if (this.#stillIn(list, each)) each.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    const list = this.#list
    for (const each of list) if (this.#stillIn(list, each)) each.onBelowLowWatermark()
  }

  /** Removed callbacks are not called, even by a call that is under way. */
  #stillIn(list: readonly ConnectionCallbacks[], each: ConnectionCallbacks): boolean {
    return this.#list === list || this.#list.includes(each)
  }
}

const NOBODY: readonly ConnectionCallbacks[] = []
