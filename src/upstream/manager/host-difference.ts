/** What has become of a list of hosts. Hosts are the same by their number; who is described by the same object has not changed. */
import type { HostDescription } from '../host-snapshot.ts'

export interface HostDifference {
  readonly added: readonly HostDescription[]
  readonly removed: readonly HostDescription[]
  /** As they are now. */
  readonly changed: readonly HostDescription[]
  /** In how many priorities hosts came or went. */
  readonly priorities: number
}

const NONE: readonly HostDescription[] = []
export const NO_DIFFERENCE: HostDifference = { added: NONE, removed: NONE, changed: NONE, priorities: 0 }

/** Several want to know the same of the lists of one cluster. */
export class HostDifferences {
  #before: readonly HostDescription[] = NONE
  #after: readonly HostDescription[] = NONE
  #difference = NO_DIFFERENCE

  between(before: readonly HostDescription[], after: readonly HostDescription[]): HostDifference {
    if (before === after) return NO_DIFFERENCE
    if (before !== this.#before || after !== this.#after) {
      this.#difference = differenceOf(before, after)
      this.#before = before
      this.#after = after
    }
    return this.#difference
  }
}

function differenceOf(before: readonly HostDescription[], after: readonly HostDescription[]): HostDifference {
  const left = new Map<number, HostDescription>()
  for (const host of before) left.set(host.id, host)
  const added: HostDescription[] = []
  const changed: HostDescription[] = []
  const priorities = new Set<number>()
  for (const host of after) {
    const known = left.get(host.id)
    if (known === undefined) added.push(host)
    left.delete(host.id)
    if (known === undefined || known === host) continue
    if (!isDescribedAlike(known, host)) changed.push(host)
    if (known.priority !== host.priority) priorities.add(known.priority).add(host.priority)
  }
  const removed = [...left.values()]
  for (const { priority } of added) priorities.add(priority)
  for (const { priority } of removed) priorities.add(priority)
  return { added, removed, changed, priorities: priorities.size }
}

/** To the threads; only the main thread checks health. */
function isDescribedAlike(one: HostDescription, other: HostDescription): boolean {
  return textOf(one) === textOf(other)
}

function textOf(host: HostDescription): string {
  return JSON.stringify({ ...host, counters: undefined, healthCheck: undefined })
}
