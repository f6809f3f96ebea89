/**
 * The stats of one kind that share the first two parts of their names (`cluster.a.`), and the names that are only announced
 * there.
 */
import type { StatRun } from './stat-run.ts'

const NONE: readonly never[] = []

export class StatGroup<T> {
  /** With its dot; '' for names without one. */
  readonly prefix: string
  /** By the rest of the name. */
  readonly stats = new Map<string, T>()
  /** By the rest of the prefix under which they were announced: '' but for names with dots, which may share a group. */
  #announced: Map<string, readonly string[]> | undefined = undefined

  constructor(prefix: string) {
    this.prefix = prefix
  }

  get isEmpty(): boolean {
    return this.stats.size === 0 && (this.#announced === undefined || this.#announced.size === 0)
  }

  /** In place of what was announced there before. `suffixes` in byte order. */
  announce(rest: string, suffixes: readonly string[]): void {
    if (suffixes.length === 0) this.#announced?.delete(rest)
    else (this.#announced ??= new Map()).set(rest, suffixes)
  }

  /** Everything below the rest of a prefix, stats only where `gone` says so. */
  delete(rest: string, gone: ((name: string) => boolean) | undefined): void {
    for (const suffix of this.stats.keys()) {
      if (suffix.startsWith(rest) && (gone === undefined || gone(this.prefix + suffix))) this.stats.delete(suffix)
    }
    if (gone !== undefined || this.#announced === undefined) return
    for (const announced of this.#announced.keys()) if (announced.startsWith(rest)) this.#announced.delete(announced)
  }

  run(): StatRun<T> {
    const announced = this.#announcedSuffixes()
    const { prefix, stats } = this
    const common = { prefix, order: prefix, owner: this }
    if (stats.size === 0) return { ...common, suffixes: announced, stats: NONE }
    const made = [...stats.keys()].sort()
    if (announced.length === 0) return { ...common, suffixes: made, stats: made.map((suffix) => stats.get(suffix)) }
    const suffixes = mergedSuffixes(announced, made)
    return { ...common, suffixes, stats: suffixes.map((suffix) => stats.get(suffix)) }
  }

  #announcedSuffixes(): readonly string[] {
    if (this.#announced === undefined) return NONE
    const [only, other] = [...this.#announced]
    if (only === undefined) return NONE
    if (other === undefined && only[0] === '') return only[1]
    const all = [...this.#announced].flatMap(([rest, suffixes]) => suffixes.map((suffix) => rest + suffix))
    return [...new Set(all)].sort()
  }
}

/** Of two lists in order one, without doubles. */
function mergedSuffixes(a: readonly string[], b: readonly string[]): readonly string[] {
  const merged: string[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    // In bounds, as the loop says.
    const left = a[i]!
    const right = b[j]!
    if (left === right) i++
    if (left < right) {
      merged.push(left)
      i++
    } else {
      merged.push(right)
      j++
    }
  }
  while (i < a.length) merged.push(a[i++]!)
  while (j < b.length) merged.push(b[j++]!)
  return merged
}
