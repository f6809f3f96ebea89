/**
 * What a start waits for (Envoy's ClusterManagerInitHelper): the clusters of the bootstrap hear of their hosts first, then
 * CDS is asked, and what it brings must hear of its hosts too.
 */
import type { Logger } from '../../api/log.ts'
import type { InitTarget } from '../../base/init-manager.ts'

export class ClusterManagerInitHelper {
  readonly #logger: Logger
  readonly #waiting: (() => void)[] = []
  /** Names of clusters. */
  readonly #uninitialised = new Set<string>()
  #cds: InitTarget | undefined = undefined
  #stage: 'loading' | 'clusters' | 'cds' | 'cds clusters' | 'done' = 'loading'

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get done(): boolean {
    return this.#stage === 'done'
  }

  /**
   * All clusters of the bootstrap are primary ones, as discovery needs none of the others here. `check` follows once they
   * were begun.
   */
  start(names: Iterable<string>, cds: InitTarget | undefined): void {
    // Before any of them begins: the first would be the last one otherwise.
    for (const name of names) this.#uninitialised.add(name)
    this.#cds = cds
    this.#stage = 'clusters'
  }

  add(name: string): void {
    this.#uninitialised.add(name)
  }

  /** It heard of its hosts, or is gone. */
  remove(name: string): void {
    this.#uninitialised.delete(name)
    this.check()
  }

  /** Calls back once all is done, at once when that is so already. */
  whenDone(callback: () => void): void {
    if (this.done) callback()
    else this.#waiting.push(callback)
  }

  /** Goes on to what comes next when nothing is awaited any more. */
  check(): void {
    if (this.#stage === 'loading' || this.done || this.#uninitialised.size > 0) return
    const cds = this.#cds
    if (this.#stage === 'clusters' && cds !== undefined) {
      this.#stage = 'cds'
      this.#logger.info(`${SOURCE}:247`, 'cm init: initializing cds')
      cds.initialize(() => {
        this.#stage = 'cds clusters'
        this.check()
      })
      return
    }
    if (this.#stage === 'cds') return
    this.#stage = 'done'
    this.#logger.info(`${SOURCE}:251`, 'cm init: all clusters initialized')
    for (const callback of this.#waiting.splice(0)) callback()
  }
}

const SOURCE = 'source/common/upstream/cluster_manager_impl.cc'
