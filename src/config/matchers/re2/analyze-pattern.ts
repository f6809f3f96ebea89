/** What there is to know of a pattern before it is compiled. Loaded with the first pattern of a thread. */
import { toWireText } from '../../../base/wire-text.ts'
import { parsePattern } from './parse-pattern.ts'
import { PatternProblem } from './pattern-problem.ts'
import { patternText } from './pattern-text.ts'
import { programSize } from './program-size.ts'
import { sizeBound } from './size-bound.ts'

export type PatternAnalysis =
  | {
      readonly ok: true
      readonly groupCount: number
      /** For `re2js`. */
      text(): string
      /** For the runtime's own engine, where the pattern has nothing that takes it long. */
      nativeText(): string
      /** Of RE2's program; undefined: RE2 would not compile it, as it is too large. */
      programSize(): number | undefined
      /** RE2 has no more than that; found at a glance. */
      readonly sizeBound: number
    }
  | { readonly ok: false; readonly message: string }

export function analyzePattern(source: string): PatternAnalysis {
  try {
    const { root, captures } = parsePattern(toWireText(source))
    return {
      ok: true,
      groupCount: captures,
      text: () => patternText(root, 're2js'),
      nativeText: () => patternText(root, 'native'),
      programSize: () => programSize(root),
      sizeBound: sizeBound(root),
    }
  } catch (error) {
    if (error instanceof PatternProblem) return { ok: false, message: error.message }
    throw error
  }
}
