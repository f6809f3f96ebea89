import { expect, test } from 'bun:test'
import { compileRegex } from './regex.ts'

function regex(source: string) {
  const compiled = compileRegex(source)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.regex
}

test('regex: the whole value must match, on the native engine and on re2', () => {
  for (const source of ['/api/[^/]+/users', '/api/([a-z]+|[0-9]+)+/users']) {
    expect(regex(source).matchesWhole('/api/abc/users')).toBe(true)
    expect(regex(source).matchesWhole('/api/abc/users/1')).toBe(false)
    expect(regex(source).matchesWhole('x/api/abc/users')).toBe(false)
  }
})

test('regex: an alternation is matched as a whole', () => {
  expect(regex('a|bc').matchesWhole('bc')).toBe(true)
  expect(regex('a|bc').matchesWhole('ac')).toBe(false)
})

test('regex: a hostile pattern takes linear time', () => {
  const started = performance.now()
  expect(regex('(a+)+b').matchesWhole('a'.repeat(5000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(2000)
})

test('regex: refusals are worded as RE2 words them', () => {
  const message = (source: string) => {
    const compiled = compileRegex(source)
    return compiled.ok ? '' : compiled.message
  }
  expect(message('(abc')).toBe('missing ): (abc')
  expect(message('(?=a)b')).toBe('invalid perl operator: (?=')
  expect(message('*')).toBe('no argument for repetition operator: *')
  expect(message('[')).toBe('missing ]: [')
  expect(message('a{2000}')).toBe('invalid repetition size: {2000}')
  expect(message('a**')).toBe('bad repetition operator: **')
  expect(message('\\')).toBe('trailing \\')
})

test('regex: substitution with RE2 references', () => {
  expect(regex('^/service/([^/]+)(/.*)$').replaceAll('/service/foo/v1/api', '\\2/instance/\\1')).toBe(
    '/v1/api/instance/foo',
  )
  expect(regex('one').replaceAll('/xxx/one/yyy/one/zzz', 'two')).toBe('/xxx/two/yyy/two/zzz')
  expect([regex('(.*)').replaceAll('/a', '<\\1>'), regex('o*').replaceAll('foob', '-')]).toEqual(['</a>', '-f-b-'])
})

test('regex: a substitution for which there are no groups changes nothing, a wrong backslash ends it', () => {
  expect(regex('one').replaceAll('/one/two', '\\1')).toBe('/one/two')
  expect(regex('one').replaceAll('/one/two', 'a\\')).toBe('/a/two')
  expect(regex('one').replaceAll('/one/two', 'a\\x\\0')).toBe('/a/two')
  expect(regex('one').replaceAll('/one/two', '\\\\\\0')).toBe('/\\one/two')
})
