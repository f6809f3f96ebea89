/**
 * Gates start-up on work that takes time (DNS answers, subscriptions): targets are registered, started together,
 * and the watcher is told once when all of them are ready. Managers nest, since a manager can be wrapped as a target.
 */
export interface InitTarget {
  readonly name: string
  /** Starts the work; calls `ready` exactly once, possibly before returning. */
  initialize(ready: () => void): void
}

export type InitState = 'uninitialized' | 'initializing' | 'initialized'

export class InitManager {
  readonly name: string
  readonly #targets: InitTarget[] = []
  /** How many of each name. */
  readonly #unready = new Map<string, number>()
  #state: InitState = 'uninitialized'
  #watcher: (() => void) | undefined = undefined

  constructor(name: string) {
    this.name = name
  }

  get state(): InitState {
    return this.#state
  }

  /** Names of the targets that are still awaited. */
  get unready(): readonly string[] {
    return [...this.#unready.keys()]
  }

  /** Before `initialize` the target waits; while initializing it starts at once. Too late afterwards: a bug. */
  add(target: InitTarget): void {
    if (this.#state === 'initialized') throw new Error(`init manager ${this.name} already initialized`)
    this.#unready.set(target.name, (this.#unready.get(target.name) ?? 0) + 1)
    if (this.#state === 'initializing') this.#start(target)
    else this.#targets.push(target)
  }

  /** Starts every target; `watcher` is called once when all are ready, inside this call when there are none. */
  initialize(watcher: () => void): void {
    if (this.#state !== 'uninitialized') throw new Error(`init manager ${this.name} started twice`)
    this.#state = 'initializing'
    this.#watcher = watcher
    for (const target of this.#targets) this.#start(target)
    this.#settle()
  }

  /** Calls back once all are ready, inside this call when they are. */
  whenInitialized(callback: () => void): void {
    if (this.#state === 'initialized') return callback()
    const watcher = this.#watcher
    this.#watcher = () => {
      watcher?.()
      callback()
    }
  }

  #start(target: InitTarget): void {
    target.initialize(() => {
      const others = (this.#unready.get(target.name) ?? 0) - 1
      if (others > 0) this.#unready.set(target.name, others)
      else this.#unready.delete(target.name)
      this.#settle()
    })
  }

  #settle(): void {
    if (this.#state !== 'initializing' || this.#unready.size > 0) return
    this.#state = 'initialized'
    this.#watcher?.()
    this.#watcher = undefined
  }
}
