import { expect, test } from 'bun:test'
import { jsonPattern } from './json-pattern.ts'
import { compilePattern } from './pattern/compile-pattern.ts'

test('json_format: the struct with its flags filled in, numbers and lists as they are', () => {
  const made = jsonPattern({ l: '%l', 'quo"te': '%j', n: 5, list: ['%n', true, null], in: { t: '%t' } })
  if (!made.ok) throw new Error(made.error)
  const format = compilePattern(made.pattern, { threadId: 9, processId: 1, version: '', startMs: 0 })
  const line = format({ level: 'info', component: 'main', source: 'a:1', message: 'a "b"\nc', wallMs: 0 })
  expect(JSON.parse(line)).toEqual({
    l: 'info',
    'quo"te': 'a "b"\nc',
    n: 5,
    list: ['main', true, null],
    in: { t: '9' },
  })
})

test.each(['%v', '%_'])('json_format: %s would break the JSON', (flag) => {
  expect(jsonPattern({ Message: flag })).toEqual({
    ok: false,
    error: `setJsonLogFormat error: INVALID_ARGUMENT: Usage of ${flag} is unavailable for JSON log formats`,
  })
})
