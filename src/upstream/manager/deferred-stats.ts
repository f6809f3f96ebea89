/**
 * Creates the names that clusters may count under, a hundred and more each, when nobody waits for it: bit by bit once the
 * start is over, or at once when somebody wants to see them.
 */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { MainCluster } from './main-cluster.ts'

/** A few milliseconds of work at a time. */
const INTERVAL_MS = 100
const AT_ONCE = 20

export class DeferredStats {
  readonly #dispatcher: Dispatcher
  readonly #unshown = new Set<MainCluster>()
  #timer: Timer | undefined = undefined

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  add(cluster: MainCluster): void {
    this.#unshown.add(cluster)
  }

  remove(cluster: MainCluster): void {
    this.#unshown.delete(cluster)
  }

  showAll(): void {
    this.#show(Infinity)
  }

  /** Few are not worth putting off. */
  showFew(): void {
    if (this.#unshown.size <= AT_ONCE) this.showAll()
  }

  showLater(): void {
    if (this.#unshown.size === 0) return
    this.#timer ??= this.#dispatcher.timer(() => {
      this.#show(AT_ONCE)
      this.showLater()
    })
    this.#timer.enable(INTERVAL_MS)
  }

  close(): void {
    this.#timer?.disable()
  }

  #show(most: number): void {
    let left = most
    for (const cluster of this.#unshown) {
      if (left-- <= 0) return
      this.#unshown.delete(cluster)
      cluster.showStats()
    }
  }
}
