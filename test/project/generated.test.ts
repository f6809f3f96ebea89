/* Files that are written by a program are what that program writes today. `npm run generate` mends a failure. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXTENSION_LIST, extensionList } from '../../tools/generate/extension-list.ts'
import { withFeatureTable } from '../../tools/generate/feature-table.ts'
import { listedExtensions } from '../../tools/generate/listed-extensions.ts'

const root = join(import.meta.dir, '../..')

test('the list of extensions names every extension.ts', () => {
  expect(readFileSync(join(root, EXTENSION_LIST), 'utf8')).toBe(extensionList(root))
})

test('the README lists the extensions that there are', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  expect(readme).toBe(withFeatureTable(readme, await listedExtensions(root)))
})
