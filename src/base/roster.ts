/**
 * Who is there, in no order: for things that come and go all the time.
 *
 * A `Set` would do but for the collector: each table that it has outgrown keeps the next one alive, and what was in that.
 * Once one of them has become old, all that came and went since stays until a full collection.
 */
export interface RosterMember {
  /** Its place in the one roster that it may be in; -1: it is in none. Only the roster changes it. */
  rosterPlace: number
}

export class Roster<T extends RosterMember> implements Iterable<T> {
  readonly #members: T[] = []

  get size(): number {
    return this.#members.length
  }

  add(member: T): void {
    if (member.rosterPlace >= 0) return
    member.rosterPlace = this.#members.length
    this.#members.push(member)
  }

  /** False: it was not there. */
  delete(member: T): boolean {
    const place = member.rosterPlace
    if (place < 0) return false
    member.rosterPlace = -1
    const last = this.#members.pop()!
    if (last === member) return true
    this.#members[place] = last
    last.rosterPlace = place
    return true
  }

  /** Those that are there when it begins; they may leave meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return this.#members.slice().values()
  }
}
