/** What main knows of one thread's histograms, by the numbers that the thread gave them. */
import { GroupedNames } from './grouped-names.ts'
import type { MergedHistogram } from './histogram/merged-histogram.ts'

export class ThreadHistograms {
  readonly #byId = new Map<number, MergedHistogram>()
  readonly #ids = new GroupedNames<number>()

  get(id: number): MergedHistogram | undefined {
    return this.#byId.get(id)
  }

  add(id: number, histogram: MergedHistogram): void {
    this.#byId.set(id, histogram)
    this.#ids.set(histogram.name, id)
  }

  /** Those below a prefix (with its dot). */
  forget(prefix: string): void {
    this.#ids.delete(prefix, (name) => {
      const id = this.#ids.get(name)
      if (id !== undefined) this.#byId.delete(id)
      return true
    })
  }
}
