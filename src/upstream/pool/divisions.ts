/** What tells streams apart that share objects of their filter state with upstream connections. */
import type { FilterStateObject, SharedObjects } from '../../api/stream-info.ts'

export class Divisions {
  readonly #identities = new WeakMap<FilterStateObject, number>()
  #last = 0

  /** '' : nothing, they may meet. */
  keyOf(shared: SharedObjects): string {
    let key = ''
    for (const object of shared.values()) {
      if (object.divides === 'by-hash') key += `${object.hash?.()},`
      else if (object.divides === 'by-identity') key += `#${this.#identityOf(object)},`
    }
    return key
  }

  #identityOf(object: FilterStateObject): number {
    const known = this.#identities.get(object)
    if (known !== undefined) return known
    this.#identities.set(object, ++this.#last)
    return this.#last
  }
}
