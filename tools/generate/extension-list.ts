/* The list that src/cli hands to the server: one import for each src/extensions/…/extension.ts, in the order of paths. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const EXTENSION_LIST = 'src/cli/extensions.gen.ts'

/** Every extension.ts, from src/extensions, sorted. */
export function extensionFiles(root: string): string[] {
  return readdirSync(join(root, 'src/extensions'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('/extension.ts'))
    .sort()
}

/** The text of EXTENSION_LIST for the tree at `root`. */
export function extensionList(root: string): string {
  const entries = extensionFiles(root).map((path) =>
    entry(path, readFileSync(join(root, 'src/extensions', path), 'utf8')),
  )
  return [
    '/* Written by tools/gen-extensions.ts (npm run generate). */',
    "import type { Extension } from '../api/extension.ts'",
    ...entries.map(({ line }) => line),
    '',
    'export const extensions: readonly Extension[] = [',
    ...entries.map(({ element }) => `  ${element},`),
    ']',
    '',
  ].join('\n')
}

/** A record of its own, or a list of records that share a folder. */
function entry(path: string, text: string): { readonly line: string; readonly element: string } {
  const name = path
    .slice(0, -'/extension.ts'.length)
    .replace(/[/_-]+(\w)/g, (_, letter: string) => letter.toUpperCase())
  const from = `from '../extensions/${path}'`
  if (/^export const extension\b/m.test(text)) return { line: `import { extension as ${name} } ${from}`, element: name }
  if (/^export const extensions\b/m.test(text)) {
    return { line: `import { extensions as ${name} } ${from}`, element: `...${name}` }
  }
  throw new Error(`src/extensions/${path} exports neither extension nor extensions`)
}
