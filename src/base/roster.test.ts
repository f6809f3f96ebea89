import { expect, test } from 'bun:test'
import type { RosterMember } from './roster.ts'
import { Roster } from './roster.ts'

class Member implements RosterMember {
  rosterPlace = -1
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

const names = (roster: Roster<Member>) => [...roster].map(({ name }) => name).toSorted()

test('a roster knows who is there', () => {
  const roster = new Roster<Member>()
  const [a, b, c] = [new Member('a'), new Member('b'), new Member('c')]
  for (const member of [a, b, c, a]) roster.add(member)
  expect([roster.size, names(roster)]).toEqual([3, ['a', 'b', 'c']])
  expect([roster.delete(a), roster.delete(a), names(roster)]).toEqual([true, false, ['b', 'c']])
  expect([roster.delete(c), roster.delete(b), roster.size]).toEqual([true, true, 0])
  roster.add(a)
  expect(names(roster)).toEqual(['a'])
})

test('members may leave while they are gone through', () => {
  const roster = new Roster<Member>()
  for (let i = 0; i < 10; i++) roster.add(new Member(String(i)))
  const seen: string[] = []
  for (const member of roster) {
    seen.push(member.name)
    roster.delete(member)
  }
  expect(seen).toHaveLength(10)
  expect(roster.size).toBe(0)
})
