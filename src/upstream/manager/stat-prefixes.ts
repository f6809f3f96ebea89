/**
 * Under which prefixes clusters count. The statistics of one go with it unless others count there too: of the same
 * alt_stat_name, or below it (`a` and `a.b`).
 */
export class StatPrefixes {
  /** How many clusters count at or below a prefix. */
  readonly #counts = new Map<string, number>()

  /** With its dot, as all of them. */
  add(prefix: string): void {
    for (const part of partsOf(prefix)) this.#counts.set(part, (this.#counts.get(part) ?? 0) + 1)
  }

  remove(prefix: string): void {
    for (const part of partsOf(prefix)) {
      const left = (this.#counts.get(part) ?? 0) - 1
      if (left > 0) this.#counts.set(part, left)
      else this.#counts.delete(part)
    }
  }

  isUsed(prefix: string): boolean {
    return this.#counts.has(prefix)
  }
}

/** `cluster.`, `cluster.a.`, `cluster.a.b.` */
function* partsOf(prefix: string): Iterable<string> {
  for (let dot = prefix.indexOf('.'); dot >= 0; dot = prefix.indexOf('.', dot + 1)) yield prefix.slice(0, dot + 1)
}
