/* SourceMap over the texts that were merged into one message, in the order of merging. */
import type { ConfigPlace, FieldPath, SourceMap } from '../../api/config.ts'
import type { SourceText } from './source-text.ts'
import { walk } from './source-text.ts'

export function sourceMapOf(sources: readonly SourceText[]): SourceMap {
  return {
    locate(path: FieldPath, of: 'key' | 'value' = 'value'): ConfigPlace | undefined {
      const found = walk(path, sources)
      if (found !== undefined) return found.source.placeOfMark(found.mark, found.whole ? of : 'key')
      const first = sources[0]
      return first === undefined ? undefined : first.place(0, 1)
    },
    lines(file: string): readonly string[] | undefined {
      return sources.find((source) => source.file === file)?.lines()
    },
  }
}
