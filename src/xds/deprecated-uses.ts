/**
 * How often the resources of a file ask the runtime whether a deprecated field may be used: what is theirs with every reading of
 * the file, what is inside of an Any when something is made of the resource, which is when it is another one than before. So it
 * is with what is marked as work in progress, of which hardly anything stands outside of an Any.
 */
import type { DiscoveredResource } from '../api/subscription.ts'
import { checkMessage } from '../config/check/checked.ts'
import type { DeprecationCounts } from '../config/check/deprecated.ts'

export class DeprecatedUses {
  readonly #typeName: string
  /** Resources with such fields inside of an Any, as they were when these were counted. */
  #counted = new Map<string, string>()

  constructor(typeName: string) {
    this.#typeName = typeName
  }

  /** `total`: of everything in the file. */
  count(total: Readonly<DeprecationCounts>, resources: readonly DiscoveredResource[]): Readonly<DeprecationCounts> {
    const before = this.#counted
    this.#counted = new Map()
    const uses = { ...total }
    if (uses.deprecated + uses.workInProgress === 0) return uses
    for (const { name, message } of resources) {
      // A bootstrap's own fields do not ask, as its runtime is not there yet.
      const inside = checkMessage(this.#typeName, message, true).counts
      if (inside.deprecated + inside.workInProgress === 0) continue
      const text = JSON.stringify(message)
      if (before.get(name) === text) {
        uses.deprecated -= inside.deprecated
        uses.workInProgress -= inside.workInProgress
      }
      this.#counted.set(name, text)
    }
    return uses
  }
}
