import { expect, test } from 'bun:test'
import { GroupedNames } from './grouped-names.ts'

function names(...list: string[]): GroupedNames<string> {
  const grouped = new GroupedNames<string>()
  for (const name of list) grouped.set(name, name)
  return grouped
}

test('names are found whatever number of parts they have', () => {
  const grouped = names('a', 'a.b', 'a.b.c', 'a.b.c.d', 'x.b.c')
  expect(['a', 'a.b', 'a.b.c', 'a.b.c.d', 'x.b.c', 'b', 'a.c'].map((name) => grouped.get(name))).toEqual([
    'a',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    'x.b.c',
    undefined,
    undefined,
  ])
  grouped.set('a.b', 'new')
  expect([...grouped.entries()].map(([, value]) => value).sort()).toEqual(['a', 'a.b.c', 'a.b.c.d', 'new', 'x.b.c'])
})

test('a prefix of one, two or three parts takes what is below it', () => {
  const all = ['a', 'a.b', 'a.b.c', 'a.bc.d', 'a.b.c.d', 'a.b.cd.e', 'x.b.c']
  const without = (prefix: string, gone?: (name: string) => boolean) => {
    const grouped = names(...all)
    grouped.delete(prefix, gone)
    return [...grouped.values()].sort()
  }
  expect(without('a.')).toEqual(['a', 'x.b.c'])
  expect(without('a.b.')).toEqual(['a', 'a.b', 'a.bc.d', 'x.b.c'])
  expect(without('a.b.c.')).toEqual(['a', 'a.b', 'a.b.c', 'a.b.cd.e', 'a.bc.d', 'x.b.c'])
  expect(without('q.')).toHaveLength(all.length)
  expect(without('a.b.', (name) => name.endsWith('.c'))).toEqual(['a', 'a.b', 'a.b.c.d', 'a.b.cd.e', 'a.bc.d', 'x.b.c'])
})
