import { expect, test } from 'bun:test'
import { parseQueryParams } from './query-params.ts'

test('percent signs are decoded, a plus stays', () => {
  expect(parseQueryParams('filter=a+b%2B%20c&x%3D=%e2%82%ac').entries).toEqual([
    ['filter', 'a+b+ c'],
    ['x=', '€'],
  ])
})

test('a broken escape stands for itself', () => {
  expect(parseQueryParams('a=100%&b=%zz').entries).toEqual([
    ['a', '100%'],
    ['b', '%zz'],
  ])
})

test('the first value counts, and a query goes before a form', () => {
  const params = parseQueryParams('a=1&a=2&c', 'a=3&b=4')
  expect([params.first('a'), params.first('b'), params.first('c'), params.first('d')]).toEqual([
    '1',
    '4',
    '',
    undefined,
  ])
})

test('names come sorted', () => {
  expect(parseQueryParams('b=1&a=2').entries.map(([name]) => name)).toEqual(['a', 'b'])
})
