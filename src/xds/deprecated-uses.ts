/**
 * How often the resources of a file ask the runtime whether a deprecated field may be used: what is theirs with every reading of
 * the file, what is inside of an Any when something is made of the resource, which is when it is another one than before.
 */
import type { DiscoveredResource } from '../api/subscription.ts'
import { checkMessage } from '../config/check/checked.ts'

export class DeprecatedUses {
  readonly #typeName: string
  /** Resources with such fields inside of an Any, as they were when these were counted. */
  #counted = new Map<string, string>()

  constructor(typeName: string) {
    this.#typeName = typeName
  }

  /** `total`: of everything in the file. */
  count(total: number, resources: readonly DiscoveredResource[]): number {
    const before = this.#counted
    this.#counted = new Map()
    if (total === 0) return 0
    let uses = total
    for (const { name, message } of resources) {
      // A bootstrap's own fields do not ask, as its runtime is not there yet.
      const inside = checkMessage(this.#typeName, message, true).counts.deprecated
      if (inside === 0) continue
      const text = JSON.stringify(message)
      if (before.get(name) === text) uses -= inside
      this.#counted.set(name, text)
    }
    return uses
  }
}
