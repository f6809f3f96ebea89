import { expect, test } from 'bun:test'
import { parseDouble } from './parse-double.ts'

test.each([
  ['1', 1],
  [' +1.5e3\t', 1500],
  ['.5', 0.5],
  ['1.', 1],
  ['-0', -0],
  ['0x1.8p1', 3],
  ['0X10 ', 16],
  ['0x.8', 0.5],
  ['-0xAp+1', -20],
  ['0x1p2000', Number.POSITIVE_INFINITY],
  ['0x1p-2000', 0],
  ['1e400', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['nan(1)', Number.NaN],
])('%p is %p', (text, value) => expect(parseDouble(text)).toBe(value))

test.each(['', ' ', '.', '1e', '++1', '+-1', '1 2', '1f', '0x', '0x.', '0xg', '0xAp', '1_000', 'infx', '\u{a0}1'])(
  '%p is no number',
  (text) => expect(parseDouble(text)).toBe(undefined),
)
