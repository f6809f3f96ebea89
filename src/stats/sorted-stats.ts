import { GroupedNames } from './grouped-names.ts'

/** Things by name, listed in byte order of their names. Sorting waits until a list is asked for. */
export class SortedStats<T extends { readonly name: string }> {
  readonly #byName = new GroupedNames<T>()
  #list: T[] | undefined

  get(name: string): T | undefined {
    return this.#byName.get(name)
  }

  getOrAdd(name: string, make: () => T): T {
    let found = this.#byName.get(name)
    if (found === undefined) {
      this.#byName.set(name, (found = make()))
      this.#list = undefined
    }
    return found
  }

  /** Below a prefix, those that `gone` says so of. */
  forget(prefix: string, gone?: (name: string) => boolean): void {
    this.#byName.delete(prefix, gone)
    this.#list = undefined
  }

  list(): readonly T[] {
    this.#list ??= [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return this.#list
  }
}
