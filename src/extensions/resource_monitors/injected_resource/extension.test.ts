import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeReader } from '../../../../test/support/fake-reader.ts'
import type { FactoryContext, ParseContext } from '../../../api/extension.ts'
import type { ResourceUsage } from '../../../api/overload.ts'
import { LiveDispatcher } from '../../../event/live-dispatcher.ts'
import { extension } from './extension.ts'

const folder = mkdtempSync(join(tmpdir(), 'nuncio-injected-'))
const dispatcher = new LiveDispatcher('main_thread')
afterAll(() => {
  dispatcher.close()
  rmSync(folder, { recursive: true })
})

test('injected resource: read at first, and when it is replaced', async () => {
  const filename = join(folder, 'pressure')
  writeFileSync(filename, ' 0.25\n')
  const { reader } = fakeReader({ filename })
  const context = { dispatcher } as unknown as FactoryContext
  const monitor = extension.create(extension.parse(reader, {} as ParseContext), context)
  if (monitor.kind !== 'watched') throw new Error('it is read, not counted')
  const read = (): ResourceUsage => monitor.read()
  expect(read()).toEqual({ ok: true, pressure: 0.25 })
  writeFileSync(filename, '0.5')
  expect(read()).toEqual({ ok: true, pressure: 0.25 })
  const texts: Readonly<Record<string, ResourceUsage>> = {
    '0.75': { ok: true, pressure: 0.75 },
    '1.5': { ok: false, error: 'pressure out of range' },
    much: { ok: false, error: PARSE },
    '': { ok: false, error: PARSE },
  }
  for (const [text, usage] of Object.entries(texts)) {
    writeFileSync(join(folder, 'next'), text)
    renameSync(join(folder, 'next'), filename)
    for (let waited = 0; !Bun.deepEquals(read(), usage) && waited < 200; waited++) await Bun.sleep(5)
    expect(read()).toEqual(usage)
  }
  monitor.close()
})

test('injected resource: a directory that is not there is refused', () => {
  const { reader, findings } = fakeReader({ filename: '/nowhere/file' })
  extension.parse(reader, {} as ParseContext)
  expect(findings.errors).toEqual(['unable to add filesystem watch for file /nowhere/file: No such file or directory'])
})

const PARSE = 'failed to parse injected resource pressure'
