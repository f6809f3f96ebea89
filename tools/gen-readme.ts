/* Writes the generated part of README.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withFeatureTable } from './generate/feature-table.ts'
import { listedExtensions } from './generate/listed-extensions.ts'

const root = join(import.meta.dir, '..')
const path = join(root, 'README.md')
writeFileSync(path, withFeatureTable(readFileSync(path, 'utf8'), await listedExtensions(root)))
