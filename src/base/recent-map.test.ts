import { expect, test } from 'bun:test'
import { RecentMap } from './recent-map.ts'

test('recent map: what is wanted stays, what is not goes once it is more than that', () => {
  const map = new RecentMap<number, string>()
  for (let key = 0; key < 10; key++) map.set(key, `${key}`)
  map.nextRound()
  for (let key = 0; key < 4; key++) expect(map.get(key)).toBe(`${key}`)
  map.nextRound()
  expect([map.size, map.get(4), map.get(3)]).toEqual([4, undefined, '3'])
})

test('recent map: a few that nobody wants may stay for a while', () => {
  const map = new RecentMap<string, number>()
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.nextRound()
  expect(map.get('a')).toBe(3)
  map.nextRound()
  expect([map.size, map.get('b')]).toEqual([2, 2])
})
