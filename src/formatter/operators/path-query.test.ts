import { expect, test } from 'bun:test'
import { queryOf, readableQuery } from './path-query.ts'

test('a query that is there may be empty', () => {
  expect([queryOf('/a'), queryOf('/a?'), queryOf('/?a?b')]).toEqual([undefined, '', 'a?b'])
})

const OBSERVED: readonly (readonly [string, string])[] = [
  ['a=%41%2b', 'a=A+'],
  ['b=b%26c%3Dd&e=%20f', 'b=b&c=d&e=%20f'],
  ['%C3%A9%41', '%C3%A9A'],
  ['%2525%00%7F', '%25%00%7F'],
  ['%22%3C%3E%5C%5E%60%7B%7C%7D%7E', '%22%3C%3E%5C%5E`%7B%7C%7D~'],
  ['a=%zz&b=%4', 'a=zz&b=%4'],
  ['%%%41', 'A'],
  ['%%', '%%'],
  ['x%41%', 'xA%'],
]
for (const [query, shown] of OBSERVED) {
  test(`the query ${query} as it is shown decoded`, () => expect(readableQuery(query)).toBe(shown))
}
