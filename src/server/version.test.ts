import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NUNCIO_VERSION, VERSION_NUMBER } from './version.ts'

test('version: the one of package.json', () => {
  const json = JSON.parse(readFileSync(join(import.meta.dir, '../../package.json'), 'utf8')) as { version: string }
  expect(NUNCIO_VERSION).toBe(json.version)
})

test('version: the number that Envoy 1.40 shows as server.version', () => {
  expect(VERSION_NUMBER).toBe(10376576)
})
