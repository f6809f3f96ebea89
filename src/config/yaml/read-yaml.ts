/* YAML text → tree: the fast reader if it can, else the library. */
import type { Marks } from '../source/marks.ts'
import { readFastYaml } from './fast-yaml.ts'
import type { YamlProblem } from './library-yaml.ts'
import { readYamlByLibrary } from './library-yaml.ts'

export interface YamlTree {
  readonly ok: true
  readonly tree: unknown
  /** Entries that a later one with the same key replaced. */
  readonly duplicates: number
  readonly hasSecondDocument: boolean
  readonly mergeKeys: number
}

export type YamlRead = YamlTree | { readonly ok: false; readonly problem: YamlProblem }

/** Notes places in `marks`, if given. */
export function readYaml(text: string, marks?: Marks): YamlRead {
  const fast = readFastYaml(text, marks)
  return fast === undefined ? readYamlByLibrary(text, marks) : { ok: true, ...fast, mergeKeys: 0 }
}
