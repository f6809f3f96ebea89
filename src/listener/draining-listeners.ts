/**
 * What was replaced or removed and still has connections: whole listeners, and filter chains that an update took out of
 * one. Everything has the drain time, then it is closed.
 */
import type { Message } from '../api/config.ts'
import type { Dispatcher } from '../api/event.ts'
import type { ListenerManagerStats } from './listener-manager-stats.ts'
import type { ListenerWorker } from './listener-worker.ts'
import type { ManagedListener } from './managed-listener.ts'

export interface DrainingListenersDeps {
  readonly workers: readonly ListenerWorker[]
  readonly dispatcher: Dispatcher
  readonly stats: ListenerManagerStats
  readonly drainTimeMs: number
  /** The prefix of statistics that nobody else has, `''` where there is none: workers forget them with the listener. */
  statsToForget(listener: ManagedListener): string
  /** No worker knows it any more. */
  onGone(listener: ManagedListener): void
}

/** A listener, or what of one an update took away, as long as its connections have time. */
export interface DrainingConfig {
  readonly message: Message
  /** Wall-clock ms. */
  readonly lastUpdated: number
}

export class DrainingListeners {
  readonly #deps: DrainingListenersDeps
  readonly #listeners = new Set<ManagedListener>()
  readonly #chains = new Set<DrainingConfig>()
  #nextGroup = 1

  constructor(deps: DrainingListenersDeps) {
    this.#deps = deps
  }

  list(): readonly ManagedListener[] {
    return [...this.#listeners]
  }

  configs(): readonly DrainingConfig[] {
    return [...this.#listeners, ...this.#chains]
  }

  /** Its sockets close at once. Resolves when the last worker has let go of it. */
  async drain(listener: ManagedListener): Promise<void> {
    const { workers } = this.#deps
    const { tag } = listener
    this.#listeners.add(listener)
    this.#showTotal()
    await Promise.all(workers.flatMap((worker) => [worker.stopListener(tag), worker.drainListener(tag)]))
    await this.#drainTime()
    this.#listeners.delete(listener)
    const forget = this.#deps.statsToForget(listener)
    await Promise.all(workers.map(async (worker) => worker.removeListener(tag, forget)))
    listener.release()
    this.#deps.onGone(listener)
    this.#showTotal()
  }

  /** Gives `after` to the workers in place of `before`, whose `vanished` chains drain. */
  async replaceChains(before: ManagedListener, after: ManagedListener, vanished: readonly string[]): Promise<void> {
    const { workers, stats } = this.#deps
    const { tag, message } = after
    const group = this.#nextGroup++
    const chains: DrainingConfig = {
      // They were written from messages.
      message: { filter_chains: vanished.map((text) => JSON.parse(text) as Message) },
      lastUpdated: before.lastUpdated,
    }
    this.#chains.add(chains)
    stats.chainsDraining.add(vanished.length)
    const update = async (worker: ListenerWorker): Promise<void> => {
      await worker.updateFilterChains(tag, message, group)
      stats.createSuccess.inc()
    }
    await Promise.all(workers.map(update))
    await this.#drainTime()
    await Promise.all(workers.map(async (worker) => worker.removeFilterChains(tag, group)))
    this.#chains.delete(chains)
    stats.chainsDraining.sub(vanished.length)
    before.release()
  }

  async #drainTime(): Promise<void> {
    const { dispatcher, drainTimeMs } = this.#deps
    const { promise, resolve } = Promise.withResolvers<undefined>()
    dispatcher.timer(() => resolve(undefined)).enable(drainTimeMs)
    await promise
  }

  #showTotal(): void {
    this.#deps.stats.totalDraining.set(this.#listeners.size)
  }
}
