import { expect, test } from 'bun:test'
import type { FactoryContext } from '../../../api/extension.ts'
import { exampleStream } from '../../../formatter/example-stream.test.ts'
import { extensions } from './extension.ts'

test('stream access logs write to the stream of their name', () => {
  const written: string[] = []
  const open = (path: string) => ({ write: (line: string) => void written.push(`${path} ${line}`) })
  // The loggers use nothing else.
  const context = { accessLogFiles: { open } } as unknown as FactoryContext
  for (const { create } of extensions) create({ format: () => 'line' }, context).log(exampleStream().context)
  expect(written).toEqual(['/dev/stdout line', '/dev/stderr line'])
  expect(extensions.map(({ typeNames }) => typeNames[0])).toEqual([
    'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    'envoy.extensions.access_loggers.stream.v3.StderrAccessLog',
  ])
})
