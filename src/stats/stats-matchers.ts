/** Which stats exist for whoever looks: as the bootstrap says, or as the configuration of what they belong to does. */
export type AcceptsStat = (name: string) => boolean

/** Where nothing says otherwise. */
export const EVERY_STAT: AcceptsStat = () => true

export class StatsMatchers {
  readonly #general: AcceptsStat
  /** By prefix, with its dot. */
  readonly #own = new Map<string, AcceptsStat>()

  constructor(general: AcceptsStat) {
    this.#general = general
  }

  /** In place of the general one, below a prefix; undefined: no longer. */
  set(prefix: string, accepts: AcceptsStat | undefined): void {
    if (accepts === undefined) this.#own.delete(prefix)
    else this.#own.set(prefix, accepts)
  }

  has(prefix: string): boolean {
    return this.#own.has(prefix)
  }

  accepts(name: string): boolean {
    return (this.#ownOf(name) ?? this.#general)(name)
  }

  /** Without asking for each name. */
  acceptsAllBelow(prefix: string): boolean {
    return this.#general === EVERY_STAT && this.#ownOf(prefix) === undefined
  }

  hasOwn(name: string): boolean {
    return this.#ownOf(name) !== undefined
  }

  /** The longest prefix counts: the names of clusters may have dots. */
  #ownOf(name: string): AcceptsStat | undefined {
    if (this.#own.size === 0) return undefined
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      const accepts = this.#own.get(name.slice(0, dot + 1))
      if (accepts !== undefined) return accepts
    }
    return undefined
  }
}
