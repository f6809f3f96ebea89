/* Blocks at the top whose names begin with `x-`: no part of the API, a place for anchors. Envoy refuses them. */
import type { ConfigError } from '../../api/config.ts'
import type { SourceText } from './source-text.ts'

export interface WithoutOwnBlocks {
  readonly tree: unknown
  readonly warnings: readonly ConfigError[]
}

export function ownBlocks(tree: unknown, source: SourceText): WithoutOwnBlocks {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return { tree, warnings: [] }
  const names = Object.keys(tree).filter((name) => name.startsWith('x-'))
  if (names.length === 0) return { tree, warnings: [] }
  const marks = source.marks().containers.get(source.tree() as object)
  const warnings = names.map((name): ConfigError => {
    const mark = marks?.get(name)
    const place = mark === undefined ? source.place(0, 1) : source.placeOfMark(mark, 'key')
    const message = `"${name}" is no part of Envoy's API and is left out`
    return { id: 'NU208', severity: 'warning', message, path: name, place, hint: 'Envoy itself refuses this file' }
  })
  return { tree: Object.fromEntries(Object.entries(tree).filter(([name]) => !names.includes(name))), warnings }
}
