import { expect, test } from 'bun:test'
import { canonicalPath } from './canonical-path.ts'
import { mergeSlashes } from './merge-slashes.ts'
import { unescapeSlashes } from './unescape-slashes.ts'

// What Envoy 1.40 forwards with normalize_path.
const OBSERVED: readonly [string, string | undefined][] = [
  ['/up', '/up'],
  ['/up/a/%2e%2E/b', '/up/b'],
  ['/up/.', '/up/'],
  ['/up/a/..', '/up/'],
  ['/../../up', '/up'],
  ['/up/%00', undefined],
  ['/up/%zz', '/up/%zz'],
  ['/up/%', '/up/%'],
  ['/up\\a', '/up/a'],
  ['/up/a;b/..;/c', '/up/c'],
  ['/up/a/..;x=1/.;y', '/up/'],
  ['/up/a/..%3b/c', '/up/a/..%3b/c'],
  ['/up/a/%2e%2e;z/c', '/up/a/..;z/c'],
  ['/up/a/;..;/c', '/up/a/;..;/c'],
  ['/up/a?b/../c', '/up/a?b/../c'],
  ['/%75p/%41%7e%2d%7b', '/up/A~-%7b'],
  ['/up/!"$&\'()*+,-./0:;<=>@A[\\]^_`a{|}~', "/up/!%22$&'()*+,-./0:;%3C=%3E@A[/]%5E_%60a%7B%7C%7D~"],
  ['/up/%ff', '/up/%ff'],
  ['/up/.../x', '/up/.../x'],
  ['/up/..x', '/up/..x'],
  ['/up/a/.?q', '/up/a/?q'],
  ['/up/a/..?q', '/up/?q'],
  ['/up/a/%2e', '/up/a/'],
  ['/..', '/'],
]

for (const [path, canonical] of OBSERVED) {
  test(`normalisation of ${path}`, () => expect(canonicalPath(path)).toBe(canonical))
}

test('slashes are merged before the query only', () => {
  expect(mergeSlashes('//a///b//?c//d')).toBe('/a/b/?c//d')
  expect(mergeSlashes('/a?b//c')).toBe('/a?b//c')
  expect(mergeSlashes('///?a')).toBe('//?a')
})

test('escaped slashes are undone before the query only', () => {
  expect(unescapeSlashes('/a%2Fb%5cc%2f?d%2Fe')).toBe('/a/b\\c/?d%2Fe')
})
