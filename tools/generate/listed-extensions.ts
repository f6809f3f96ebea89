/* The extension records in the order of the generated list, each with the page that describes it. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Extension } from '../../src/api/extension.ts'
import { extensionFiles } from './extension-list.ts'
import type { ListedExtension } from './feature-table.ts'

interface ExtensionModule {
  readonly extension?: Extension
  readonly extensions?: readonly Extension[]
}

export async function listedExtensions(root: string): Promise<ListedExtension[]> {
  const listed: ListedExtension[] = []
  for (const file of extensionFiles(root)) {
    const module = (await import(join(root, 'src/extensions', file))) as ExtensionModule
    const path = `src/extensions/${dirname(file)}/README.md`
    const readme = existsSync(join(root, path)) ? path : undefined
    const records = module.extensions ?? (module.extension === undefined ? [] : [module.extension])
    for (const record of records) {
      const { category, name, typeNames, status, securityPosture } = record
      listed.push({ category, name, typeNames, status, securityPosture, readme })
    }
  }
  return listed
}
