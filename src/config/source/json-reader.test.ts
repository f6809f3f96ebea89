import { expect, test } from 'bun:test'
import { JsonProblem, readLenientJson } from './json-reader.ts'
import { newMarks } from './marks.ts'
import { readJson } from './read-json.ts'

test('reads what JSON.parse reads, with the places of everything', () => {
  const text = '{"a": [1, -2.5e3, true, null, "x\\n\\u00e9\\"\\/"], "b": {"c": {}}}'
  const marks = newMarks()
  const tree = readLenientJson(text, marks) as { readonly a: readonly unknown[]; readonly b: object }
  expect(tree as unknown).toEqual(JSON.parse(text))
  const mark = marks.containers.get(tree.b)?.get('c')
  expect(text.slice(mark?.keyStart, mark?.keyEnd)).toBe('"c"')
  const item = marks.containers.get(tree.a)?.get(1)
  expect(text.slice(item?.valueStart, item?.valueEnd)).toBe('-2.5e3')
})

test('takes what protobuf takes beyond JSON', () => {
  expect(readJson("{'a': {b: 'x',}, c: [1,2,],}")).toMatchObject({ ok: true, tree: { a: { b: 'x' }, c: [1, 2] } })
  expect(readJson('{"a": "x\ty"}')).toMatchObject({ ok: true, tree: { a: 'x\ty' } })
  expect(readJson('{"a": "\\U0041b"}')).toMatchObject({ ok: true, tree: { a: 'Ab' } })
})

test('keeps whole numbers exact', () => {
  for (const text of ['{"a": 18446744073709551615}', '{a: 18446744073709551615}']) {
    expect(readJson(text)).toMatchObject({ ok: true, tree: { a: 18446744073709551615n } })
  }
})

test('knows of keys that came again', () => {
  const cases: [string, number][] = [
    ['{"a": 1, "b": 2}', 0],
    ['{"a": 1, "a": 2}', 1],
    ['{"a" : 1, "a" : 2}', 1],
    ['{"a": [{"b": {"c": 1, "c": 2}}], "d": 1, "d": 2}', 2],
    ['{"a": "\\": \\":", "b": {"a": 1}}', 0],
    ['{"a": {"b": 1}, "c": {"b": 1}}', 0],
  ]
  for (const [text, duplicates] of cases)
    expect([text, readJson(text)]).toMatchObject([text, { tree: JSON.parse(text), duplicates }])
})

test('says what is wrong and where', () => {
  const cases: [string, string, number][] = [
    ['', 'unexpected EOF', 0],
    ['{"a": 1} x', 'extraneous characters after end of JSON object', 9],
    ['{"a": 0x10}', "unexpected character: 'x'", 7],
    ['{"a": 010}', 'number cannot have extraneous leading zero', 6],
    ['{"a": +1}', "unexpected character: '+'", 6],
    ['{"a": 1.}', "unexpected character: '.'", 7],
    ['{"a": 1 "b": 2}', "expected ','", 8],
    ['{"a" 1}', "expected ':'", 5],
    ['{"a": "x', 'unexpected EOF in a string', 8],
    ['{"a": "\\x41"}', "invalid escape char: 'x'", 7],
    ['// no\n{}', "unexpected character: '/'", 0],
  ]
  for (const [text, message, offset] of cases)
    expect([text, readJson(text)]).toEqual([text, { ok: false, message, offset }])
})

test('hostile depth is refused', () => {
  expect(() => readLenientJson('['.repeat(100_000))).toThrow(JsonProblem)
})
