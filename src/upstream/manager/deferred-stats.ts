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
  #unshown: MainCluster[] = []
  #timer: Timer | undefined = undefined

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher
  }

  add(cluster: MainCluster): void {
    this.#unshown.push(cluster)
  }

  remove(clusterName: string): void {
    this.#unshown = this.#unshown.filter((cluster) => cluster.config.name !== clusterName)
  }

  showAll(): void {
    for (const cluster of this.#unshown.splice(0)) cluster.showStats()
  }

  /** Few are not worth putting off. */
  showFew(): void {
    if (this.#unshown.length <= AT_ONCE) this.showAll()
  }

  showLater(): void {
    if (this.#unshown.length === 0) return
    this.#timer ??= this.#dispatcher.timer(() => this.#showSome())
    this.#timer.enable(INTERVAL_MS)
  }

  close(): void {
    this.#timer?.disable()
  }

  #showSome(): void {
    for (const cluster of this.#unshown.splice(0, AT_ONCE)) cluster.showStats()
    this.showLater()
  }
}
