import { expect, test } from 'bun:test'
import { yamlText } from './yaml-text.ts'

test('yamlText: maps and lists in blocks, empty ones on a line of their own', () => {
  const tree = {
    layers: [
      { name: 'a', static_layer: { list: [1, { c: 3, a: null }, []], nested: { x: { z: {}, y: [] } } } },
      { name: 'admin', admin_layer: {} },
    ],
  }
  expect(yamlText(tree)).toBe(`layers:
  - name: a
    static_layer:
      list:
        - 1
        - c: 3
          a: ~
        -
          []
      nested:
        x:
          z:
            {}
          y:
            []
  - name: admin
    admin_layer:
      {}`)
  expect(yamlText({})).toBe('{}')
})

test.each([
  ...["it's", 'a, b', 'a#b', '=', 'a:b', '.', 'ä', '---', 'a"b', 'a\\b', 'yes', '5', '1e5', 'k e:y'].map((text) => [
    text,
    text,
  ]),
  ...[
    '&a',
    '? a',
    '@x',
    '*a',
    'x: y',
    '- a',
    'a ',
    ' a',
    '%x',
    '!x',
    'a #b',
    'a:',
    '|',
    '> a',
    '[a]',
    '~',
    '`a',
    '',
    'null',
  ].map((text) => [text, `"${text}"`]),
  ['a\nb', '"a\\nb"'],
  ['a\tb', '"a\\tb"'],
])('yamlText: the text %p is %s', (text, written) => {
  expect(yamlText(text)).toBe(written)
})
