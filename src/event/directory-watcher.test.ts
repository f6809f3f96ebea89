import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchDirectory } from './directory-watcher.ts'
import { LiveDispatcher } from './live-dispatcher.ts'

const folder = mkdtempSync(join(tmpdir(), 'nuncio-watch-'))
const dispatcher = new LiveDispatcher('test')
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
  dispatcher.close()
})

test('what is moved in is told, what is written in place is not', async () => {
  const told: string[] = []
  const seen = Promise.withResolvers<undefined>()
  const watcher = watchDirectory(folder, dispatcher, (name) => {
    told.push(name)
    if (name === 'last') seen.resolve(undefined)
  })
  const write = (name: string): void => writeFileSync(join(folder, name), 'x')
  write('in-place')
  write('in-place')
  write('tmp')
  renameSync(join(folder, 'tmp'), join(folder, 'in-place'))
  rmSync(join(folder, 'in-place'))
  write('tmp')
  renameSync(join(folder, 'tmp'), join(folder, 'moved'))
  write('tmp')
  renameSync(join(folder, 'tmp'), join(folder, 'last'))
  await seen.promise
  expect(told).toEqual(['moved', 'last'])
  watcher.close()
})
