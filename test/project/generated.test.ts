/* Files that are written by a program are what that program writes today. `npm run generate` mends a failure. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXTENSION_LIST, extensionList } from '../../tools/generate/extension-list.ts'

const root = join(import.meta.dir, '../..')

test('the list of extensions names every extension.ts', () => {
  expect(readFileSync(join(root, EXTENSION_LIST), 'utf8')).toBe(extensionList(root))
})
