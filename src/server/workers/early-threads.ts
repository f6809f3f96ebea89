/**
 * Threads that were begun before anybody knew what for: they load the worker's program while the main thread loads its own,
 * which takes as long. Whoever needs a worker takes one; what nobody took ends with `dismiss`.
 */
import { RuntimeThread } from './runtime-thread.ts'

export class EarlyThreads {
  readonly #threads: RuntimeThread[] = []

  constructor(entry: URL, count: number) {
    for (let i = 0; i < count; i++) this.#threads.push(new RuntimeThread(entry))
  }

  take(): RuntimeThread | undefined {
    return this.#threads.shift()
  }

  dismiss(): void {
    for (const thread of this.#threads.splice(0)) void thread.terminate()
  }
}
