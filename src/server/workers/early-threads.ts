/**
 * Threads that were begun before anybody knew what for: they load the worker's program while the main thread loads its own,
 * which takes as long. Whoever needs a worker takes one; what nobody took ends with `dismiss`.
 */
import { Worker } from 'node:worker_threads'

export class EarlyThreads {
  readonly #threads: Worker[] = []

  constructor(entry: URL, count: number) {
    for (let i = 0; i < count; i++) this.#threads.push(new Worker(entry))
  }

  take(): Worker | undefined {
    return this.#threads.shift()
  }

  dismiss(): void {
    for (const thread of this.#threads.splice(0)) void thread.terminate()
  }
}
