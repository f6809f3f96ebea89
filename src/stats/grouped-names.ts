import { groupOf } from './group-of.ts'

/**
 * Things by the full name of a stat, in groups by its first two parts (`cluster.a.`, `listener.b.`), so that whatever goes
 * takes its stats with it without a look at all others. There may be a million.
 */
export class GroupedNames<T> {
  readonly #groups = new Map<string, Map<string, T>>()

  get(name: string): T | undefined {
    return this.#groups.get(groupOf(name))?.get(name)
  }

  set(name: string, thing: T): void {
    const key = groupOf(name)
    const group = this.#groups.get(key)
    if (group === undefined) this.#groups.set(key, new Map([[name, thing]]))
    else group.set(name, thing)
  }

  *entries(): IterableIterator<[string, T]> {
    for (const group of this.#groups.values()) yield* group
  }

  *values(): IterableIterator<T> {
    for (const group of this.#groups.values()) yield* group.values()
  }

  /** Those below a prefix (with its dot) that `gone` says so of. */
  delete(prefix: string, gone: (name: string) => boolean = () => true): void {
    const key = groupOf(prefix)
    const group = this.#groups.get(key)
    if (group !== undefined) deleteFrom(group, prefix, gone)
    if (group?.size === 0) this.#groups.delete(key)
    // A single part has many groups below it.
    if (prefix.indexOf('.') === prefix.length - 1) this.#deleteGroups(prefix, gone)
  }

  #deleteGroups(prefix: string, gone: (name: string) => boolean): void {
    for (const [key, group] of this.#groups) {
      if (!key.startsWith(prefix)) continue
      deleteFrom(group, prefix, gone)
      if (group.size === 0) this.#groups.delete(key)
    }
  }
}

function deleteFrom(group: Map<string, unknown>, prefix: string, gone: (name: string) => boolean): void {
  for (const name of group.keys()) if (name.startsWith(prefix) && gone(name)) group.delete(name)
}
