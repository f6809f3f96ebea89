import { expect, test } from 'bun:test'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileFormat } from '../compile-format.ts'
import { exampleStream } from '../example-stream.test.ts'
import { FILE_CONTENT_OPERATORS } from './file-content.ts'

function compile(text: string) {
  return compileFormat(text, { unset: '-', operators: FILE_CONTENT_OPERATORS })
}

test('%FILE_CONTENT% is what the file holds, bytes as they are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-file-content-'))
  const path = join(folder, 'f')
  const write = (content: string | Uint8Array) => {
    writeFileSync(`${path}.new`, content)
    renameSync(`${path}.new`, path)
  }
  write(new Uint8Array([0x61, 0xff, 0x0a]))
  const compiled = compile(`%FILE_CONTENT(${path})%|%FILE_CONTENT(${path}:${folder}):2%`)
  if (!compiled.ok) throw new Error(compiled.message)
  const print = () => compiled.formatter.format(exampleStream().context)
  expect(print()).toBe('a\u00ff\n|a\u00ff')
  write('')
  expect(print()).toBe('|')
  write('more')
  expect(print()).toBe('more|mo')
  rmSync(folder, { recursive: true })
  expect(print()).toBe('more|mo')
})

test.each([
  ['%FILE_CONTENT%', "FILE_CONTENT: expected format 'path' or 'path:watch_directory', got ''"],
  ['%FILE_CONTENT(a:b:c)%', "FILE_CONTENT: expected format 'path' or 'path:watch_directory', got 'a:b:c'"],
  ['%FILE_CONTENT(/nowhere)%', 'Invalid path: /nowhere'],
  ['%FILE_CONTENT(/proc/self/status)%', 'Invalid path: /proc/self/status'],
  ['%FILE_CONTENT(/etc:/nowhere)%', 'unable to add filesystem watch for file /nowhere/: No such file or directory'],
])('%s is refused', (text, message) => {
  expect(compile(text)).toEqual({ ok: false, message })
})
