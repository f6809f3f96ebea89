/* YAML text → tree: the fast reader if it can, else the library. */
import type { Marks } from '../source/marks.ts'
import { readFastYaml } from './fast-yaml.ts'
import type { YamlProblem } from './yaml-problem.ts'

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
  return fast === undefined ? library().readYamlByLibrary(text, marks) : { ok: true, ...fast, mergeKeys: 0 }
}

/** Loaded when it is first needed: it takes longer to load than an ordinary start may take in all. */
function library(): typeof import('./library-yaml.ts') {
  return require('./library-yaml.ts') as typeof import('./library-yaml.ts')
}
