import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unwatchable, watchMoves } from './file-watcher.ts'
import { LiveDispatcher } from './live-dispatcher.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'nuncio-watch-'))
  directories.push(path)
  return path
}

/** Resolves at the next call of `call`. */
function nextCall() {
  let resolve: () => void = () => undefined
  return { call: () => resolve(), next: async () => new Promise<void>((done) => (resolve = done)) }
}

test('a symlink that is moved over another is told once each time, other names are not', async () => {
  const root = directory()
  const link = join(root, 'current')
  symlinkSync('one', link)
  let calls = 0
  const told = nextCall()
  const watcher = watchMoves(join(root, 'current'), new LiveDispatcher('main_thread'), () => {
    calls++
    told.call()
  })
  for (const target of ['two', 'three']) {
    const moved = told.next()
    writeFileSync(join(root, target), target)
    symlinkSync(target, join(root, 'next'))
    renameSync(join(root, 'next'), link)
    await moved
  }
  expect(calls).toBe(2)
  watcher.close()
  watcher.close()
})

test('what cannot be watched is said as Envoy says it', () => {
  expect(unwatchable('file')).toBe('invalid file path file')
  expect(unwatchable('/nowhere/at/all')).toContain('unable to add filesystem watch for file /nowhere/at/all')
  expect(unwatchable(join(tmpdir(), 'any'))).toBeUndefined()
})
