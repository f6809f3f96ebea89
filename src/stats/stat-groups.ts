/**
 * Stats of one kind by name, listed in byte order of their names. They are kept in groups by their first two parts, so that
 * whatever goes takes its stats with it without a look at all others, and a list sorts few names at a time. There may be a
 * million.
 */
import { groupOf } from './group-of.ts'
import { StatGroup } from './stat-group.ts'
import type { StatRun } from './stat-run.ts'

export class StatGroups<T extends { readonly name: string }> {
  readonly #groups = new Map<string, StatGroup<T>>()
  #list: readonly T[] | undefined

  get(name: string): T | undefined {
    const prefix = groupOf(name)
    return this.#groups.get(prefix)?.stats.get(name.slice(prefix.length))
  }

  getOrAdd(name: string, make: () => T): T {
    const prefix = groupOf(name)
    const { stats } = this.#group(prefix)
    const suffix = name.slice(prefix.length)
    let found = stats.get(suffix)
    if (found === undefined) {
      stats.set(suffix, (found = make()))
      this.#list = undefined
    }
    return found
  }

  /** Lists these below a prefix (with its dot) from now on, in place of those that were announced there. */
  announce(prefix: string, suffixes: readonly string[]): void {
    const key = groupOf(prefix)
    this.#group(key).announce(prefix.slice(key.length), suffixes)
    this.#drop(key)
  }

  /** Below a prefix: stats that `gone` says so of; without it all of them, and what is announced. */
  forget(prefix: string, gone?: (name: string) => boolean): void {
    this.#list = undefined
    const key = groupOf(prefix)
    this.#groups.get(key)?.delete(prefix.slice(key.length), gone)
    this.#drop(key)
    // A single part has many groups below it.
    if (prefix.indexOf('.') !== prefix.length - 1) return
    for (const [each, group] of this.#groups) {
      if (each === key || !each.startsWith(prefix)) continue
      group.delete('', gone)
      this.#drop(each)
    }
  }

  /** By name, without what is only announced. Sorting waits until a list is asked for. */
  list(): readonly T[] {
    this.#list ??= [...this.#groups.values()]
      .flatMap(({ stats }) => [...stats.values()])
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    return this.#list
  }

  /** By name: no name of a run comes between two of another one. */
  runs(): readonly StatRun<T>[] {
    const runs: StatRun<T>[] = []
    for (const group of this.#groups.values()) {
      const run = group.run()
      if (hasTwoParts(run.prefix)) runs.push(run)
      // Groups may stand between names of fewer parts.
      else runs.push(...singles(run))
    }
    return runs.sort((a, b) => (a.order < b.order ? -1 : 1))
  }

  #group(prefix: string): StatGroup<T> {
    let group = this.#groups.get(prefix)
    if (group === undefined) this.#groups.set(prefix, (group = new StatGroup(prefix)))
    return group
  }

  #drop(prefix: string): void {
    if (this.#groups.get(prefix)?.isEmpty === true) this.#groups.delete(prefix)
  }
}

function hasTwoParts(prefix: string): boolean {
  return prefix.indexOf('.') !== prefix.length - 1
}

function singles<T>(run: StatRun<T>): readonly StatRun<T>[] {
  return run.suffixes.map((suffix, at) => ({
    ...run,
    suffixes: [suffix],
    stats: [run.stats[at]],
    order: run.prefix + suffix,
  }))
}
