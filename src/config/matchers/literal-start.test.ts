import { expect, test } from 'bun:test'
import { literalStart } from './literal-start.ts'

test.each([
  ['/api/v1/.*', '/api/v1/'],
  ['^/api', '/api'],
  ['/a\\.b[0-9]', '/a.b'],
  ['/abc?', '/ab'],
  ['/abc+', '/ab'],
  ['/abc{2}', '/ab'],
  ['/ab\\.*', '/ab'],
  ['/a|/b', ''],
  ['(/a)', ''],
  ['(?i)/a', ''],
  ['/a(?i)b', ''],
  ['/a\\d', '/a'],
  ['.*', ''],
  ['', ''],
])('%p begins with %p', (source, expected) => {
  expect(literalStart(source)).toBe(expected)
})
