/* Cycles among the imports that remain at run time. */
import type { Source } from './source.ts'
import { importTarget } from './source.ts'

/** One line for each cycle found, at most one through each file. */
export function importCycles(files: readonly Source[]): string[] {
  const known = new Map(files.map((source) => [source.path, source]))
  const done = new Set<string>()
  const found: string[] = []
  const trail: string[] = []
  const visit = (source: Source): void => {
    const at = trail.indexOf(source.path)
    if (at >= 0) {
      found.push([...trail.slice(at), source.path].join(' → '))
      return
    }
    if (done.has(source.path)) return
    trail.push(source.path)
    for (const item of source.imports) {
      const path = item.typeOnly ? undefined : importTarget(source, item)
      const next = path === undefined ? undefined : known.get(path)
      if (next !== undefined) visit(next)
    }
    trail.pop()
    done.add(source.path)
  }
  for (const source of files) visit(source)
  return found
}
