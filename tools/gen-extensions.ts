/* Writes src/cli/extensions.gen.ts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXTENSION_LIST, extensionList } from './generate/extension-list.ts'

const root = join(import.meta.dir, '..')
const path = join(root, EXTENSION_LIST)
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, extensionList(root))
