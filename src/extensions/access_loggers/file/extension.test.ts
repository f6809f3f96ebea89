import { expect, test } from 'bun:test'
import type { AccessLogFile } from '../../../api/access-log.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import { exampleStream } from '../../../formatter/example-stream.test.ts'
import { extension } from './extension.ts'

function create(opened: AccessLogFile | { readonly error: string }) {
  const parts = { accessLogFiles: { open: () => opened } }
  // The logger uses nothing else.
  return extension.create({ path: '/log', formatter: { format: () => 'line\n' } }, parts as unknown as FactoryContext)
}

test('file access log: a line a record', () => {
  const lines: string[] = []
  const logger = create({ write: (line) => void lines.push(line) })
  logger.log(exampleStream().context)
  logger.log(exampleStream().context)
  expect(lines).toEqual(['line\n', 'line\n'])
})

test('file access log: a file that is gone when a worker wants it costs the records, not the worker', () => {
  expect(() => create({ error: 'unable to open file' }).log(exampleStream().context)).not.toThrow()
})
