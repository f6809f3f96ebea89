import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCgroupMemory } from './cgroup-memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'nuncio-cgroup-'))
afterAll(() => rmSync(folder, { recursive: true }))

function read(usage: string, limit: string, maxBytes: number) {
  const files = { usage: join(folder, 'usage'), limit: join(folder, 'limit') }
  writeFileSync(files.usage, usage)
  writeFileSync(files.limit, limit)
  return readCgroupMemory(files, maxBytes)
}

test('cgroup memory: against the lower one of both limits', () => {
  expect(read('500\n', '1000\n', 0)).toEqual({ ok: true, pressure: 0.5 })
  expect(read('500\n', '1000\n', 2000)).toEqual({ ok: true, pressure: 0.5 })
  expect(read('500\n', 'max\n', 2000)).toEqual({ ok: true, pressure: 0.25 })
  expect(read('500\n', 'max\n', 0)).toEqual({ ok: true, pressure: 0 })
})

test('cgroup memory: what cannot be read is a failure', () => {
  expect(read('abc', '1000', 0).ok).toBe(false)
  expect(readCgroupMemory({ usage: '/nowhere', limit: '/nowhere' }, 0).ok).toBe(false)
  expect(readCgroupMemory(undefined, 0).ok).toBe(false)
})
