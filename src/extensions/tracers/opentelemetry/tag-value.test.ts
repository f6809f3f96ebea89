import { expect, test } from 'bun:test'
import type { TagType } from '../../../api/tracing.ts'
import type { TagValue } from './tag-value.ts'
import { tagValue } from './tag-value.ts'

test.each<[TagType, string, TagValue]>([
  ['UNSPECIFIED', '12', '12'],
  ['STRING', 'true', 'true'],
  ['INT', ' -7 ', -7n],
  ['INT', '9223372036854775807', 9_223_372_036_854_775_807n],
  ['INT', '9223372036854775808', '9223372036854775808'],
  ['INT', '7.5', '7.5'],
  ['DOUBLE', '-1e3', -1000],
  ['DOUBLE', '.5', 0.5],
  ['DOUBLE', '1x', '1x'],
  ['DOUBLE', '-inf', -Infinity],
  ['BOOL', 'Yes', true],
  ['BOOL', '0', false],
  ['BOOL', 'maybe', 'maybe'],
])('%s: %p is %p', (type, text, value) => {
  expect(tagValue(text, type)).toBe(value)
})
