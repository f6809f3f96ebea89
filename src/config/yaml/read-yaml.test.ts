import { expect, test } from 'bun:test'
import { newMarks } from '../source/marks.ts'
import { readFastYaml } from './fast-yaml.ts'
import { readYamlByLibrary } from './library-yaml.ts'
import { readYaml } from './read-yaml.ts'

function tree(text: string): unknown {
  const read = readYaml(text)
  return read.ok ? read.tree : `problem: ${read.problem.message}`
}

test('plain scalars mean what they mean to yaml-cpp', () => {
  const cases: [string, unknown][] = [
    ['n', false],
    ['y', true],
    ['on', true],
    ['Off', false],
    ['YES', true],
    ['oN', 'oN'],
    ['True', true],
    ['~', null],
    ['null', null],
    ['', null],
    ['5', 5],
    ['-5', -5],
    ['+5', 5],
    ['0x1f', 31],
    ['017', 15],
    ['08', '08'],
    ['0o17', '0o17'],
    ['1e3', '1e3'],
    ['1_000', '1_000'],
    ['.5', '.5'],
    ['1.5', '1.5'],
    ['1:20', '1:20'],
    ['4294967296', '4294967296'],
    ['99999999999999999999', '99999999999999999999'],
    ['.inf', '.inf'],
    ['"5"', '5'],
    ["'on'", 'on'],
    ['"on"', 'on'],
  ]
  for (const [text, value] of cases) {
    expect([text, tree(`a: ${text}`)]).toEqual([text, { a: value }])
    if (text !== '') expect([text, tree(`{a: ${text}}`)]).toEqual([text, { a: value }])
    expect([text, readYamlByLibrary(`a: ${text}`)]).toMatchObject([text, { tree: { a: value } }])
  }
})

test('what the fast reader reads, it reads like the library', () => {
  const texts = [
    'a: 1\nb:\n  c: 2\n',
    'a:\n- 1\n- b: 2\n  c: 3\n-   - 4\n    - 5\n-\n  d: 6\ne: 7\n',
    '- a\n- - b\n  - c\n',
    'a: {b: [1, {c: d}, "e,f"], g: {}, h: []}\n',
    'a: {b: 1,\n    c: 2, # comment\n    d: [3,\n 4,]}\n',
    'a: |\n  one\n    two\n\n  three\nb: |-\n  x\n\nc: |+\n  y\n\nd: 1\n',
    'a: |\n   # no comment\n   b: c\n# comment\nd: e\n',
    'a: b#c # comment\n# comment\n\n  # comment\nd:   e   \n',
    '"a b": c\n\'d\': "e\\n\\u0041\\\\"\n',
    'a: http://host:80/x?y=z\nb: a:b\n',
    'a:\n  b:\n\n  c:\nd:\n',
    '---\na: 1\n...\n',
    'a: 1\n---\nb: 2\n',
    '__proto__: 1\nconstructor: 2\n',
    'a: -\n',
    'a: - b\n',
    'a: b: c\n',
    'a: [b: c]\n',
    'a: {b}\n',
    'a: "two\n  lines"\n',
    'a: two\n  lines\n',
    'a: >-\n  folded\n  text\n',
    'a: &x {b: 1}\nc: *x\n',
    'a: !!str 5\n',
    'a:\tb\n',
    'a: 1\r\nb: 2\r\n',
    '? a\n: b\n',
    'a: 1\n b: 2\n',
    '  a: 1\n  b: 2\n',
    'a: @b\n',
    'a: %b\n',
    'a: 1\na: 2\n',
    'a: "x" y\n',
    'a: [1, 2\n',
    'a: "\\x41"\n',
    'é: ü # ö\n',
    'a: [ "b" , c ]\n',
    'a: {"b":c, "d" : e}\n',
    'a: b c  d\n',
    'a:\n    - b\n    - c:\n      - d\n',
    'a: |2\n   b\n',
    '# only a comment\n',
  ]
  let fast = 0
  for (const text of texts) {
    const [fastMarks, slowMarks] = [newMarks(), newMarks()]
    const read = readFastYaml(text, fastMarks)
    if (read === undefined) continue
    fast++
    const slow = readYamlByLibrary(text, slowMarks)
    expect([text, read]).toMatchObject([text, { tree: slow.ok ? slow.tree : 'refused' }])
    expect([text, fastMarks.secondDocument === undefined]).toEqual([text, slowMarks.secondDocument === undefined])
  }
  expect(fast).toBe(21)
})

test('anything else than common YAML is left to the library', () => {
  expect(tree('a: &x {b: 1}\nc: *x\n')).toEqual({ a: { b: 1 }, c: { b: 1 } })
  expect(tree('a: >-\n  folded\n  text\n')).toEqual({ a: 'folded text' })
  expect(tree('a: two\n  lines\n')).toEqual({ a: 'two lines' })
  expect(tree('a: b: c\n')).toStartWith('problem: ')
  expect(tree('a: [1, 2\n')).toStartWith('problem: ')
})

test('tabs in quotes, comments and literal blocks are no indentation; line ends may be those of Windows', () => {
  expect(readFastYaml('a: "x\ty"\nb: |\n  \tc\n  d\te\n# f\tg\n')?.tree).toEqual({ a: 'x\ty', b: '\tc\nd\te\n' })
  for (const text of ['a:\t1\n', '\ta: 1\n', 'a: b\tc\n', 'a:\n  b: 1\n\tc: 2\n'])
    expect([text, readFastYaml(text)]).toEqual([text, undefined])
})

test('keys that come twice, further documents and merge keys are counted', () => {
  expect(readYaml('a: 1\nb: {c: 1, c: 2}\na: 2\n')).toMatchObject({ tree: { a: 2, b: { c: 2 } }, duplicates: 2 })
  expect(readYaml('a: &x 1\na: 2\n')).toMatchObject({ tree: { a: 2 }, duplicates: 1 })
  expect(readYaml('a: 1\n---\nb: 2\n')).toMatchObject({ tree: { a: 1 }, hasSecondDocument: true })
  expect(readYaml('a: 1\n---\n')).toMatchObject({ hasSecondDocument: false })
  expect(readYaml('x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n')).toMatchObject({
    tree: { x: { a: 1, b: 2 }, y: { b: 3, a: 1 } },
    mergeKeys: 1,
  })
  expect(readYaml('x: &x {a: 1}\nz: &z {a: 2, c: 4}\ny:\n  <<: [*x, *z]\n')).toMatchObject({
    tree: { y: { a: 1, c: 4 } },
  })
})

test('hostile YAML costs neither the stack nor the memory', () => {
  expect(tree(`a: ${'['.repeat(100_000)}`)).toStartWith('problem: ')
  expect(tree(`${'- '.repeat(50_000)}a`)).toStartWith('problem: ')
  const bomb = `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`
  expect(readYaml(bomb).ok).toBe(true)
})

test('what yaml-cpp refuses beyond the grammar', () => {
  const cases: [string, string][] = [
    ['a:\n  b: x\n\t\n', 'illegal tab when looking for indentation'],
    ['a:\n  b: x\n\t# comment\n', 'illegal tab when looking for indentation'],
    ['a:\n  b: x\n  \t\n  c: y\n', 'illegal tab when looking for indentation'],
    ['a: "\\ud83d\\ude00"', 'invalid unicode: half of a surrogate pair'],
    ['a: "\\ud83d"', 'invalid unicode: half of a surrogate pair'],
    ['%YAML 2.0\n---\na: b\n', 'YAML major version too large'],
    ['%YAML 1.2\n%YAML 1.2\n---\na: b\n', 'repeated YAML directive'],
    [`a: ${'['.repeat(100_000)}`, 'too deeply nested'],
    [`- ${'- '.repeat(100_000)}x`, 'too deeply nested'],
  ]
  for (const [text, problem] of cases)
    expect([text.slice(0, 30), tree(text)]).toEqual([text.slice(0, 30), `problem: ${problem}`])
})

test('what yaml-cpp lets pass beyond the grammar', () => {
  const cases: [string, unknown][] = [
    ['a:\n  b: "x"\n\t\n', { a: { b: 'x' } }],
    ['a:\n  b: x # comment\n\t\n', { a: { b: 'x' } }],
    ['a:\n  b: x\n   \t\n  c: y\n', { a: { b: 'x', c: true } }],
    ['a: {b: x}\n\t\n', { a: { b: 'x' } }],
    ['a: "x"#comment\nb: [z]#comment\n', { a: 'x', b: ['z'] }],
    ['%YAML 1.2\na: b\n', { a: 'b' }],
    ['%TAG !e! tag:a.test,2000:\n---\na: !e!x b\n', { a: 'b' }],
    ['a: {\n\tb: c,\t\n\td: [\n\t\te\n\t]\n}\n', { a: { b: 'c', d: ['e'] } }],
    ['%ANY thing\n---\na: b\n', { a: 'b' }],
    ['a: "\\U0001F600"', { a: '😀' }],
  ]
  for (const [text, value] of cases) expect([text, tree(text)]).toEqual([text, value])
})

test('tags are no types: only the one that a text in quotes has anyway means text', () => {
  const cases: [string, unknown][] = [
    ['!!str 5', 5],
    ['!!int "5"', 5],
    ['!any "true"', true],
    ['! 5', '5'],
    ['! "5"', '5'],
    ['!!null x', 'x'],
    ['!!str null', 'null'],
    ['!!str', ''],
    ['!!str |\n  5\n', 5],
    ['!any {b: c}', { b: 'c' }],
    ['!q!any b', 'b'],
    ['!!set {b: c}', { b: 'c' }],
    ['!!binary YWJj', 'YWJj'],
    ['!!omap [{b: c}]', [{ b: 'c' }]],
    ['!!timestamp soon', 'soon'],
  ]
  for (const [text, value] of cases) expect([text, tree(`a: ${text}`)]).toEqual([text, { a: value }])
})
