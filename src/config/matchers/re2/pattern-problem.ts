/** A pattern that RE2 refuses; thrown by the parser, caught by whoever called it. The message is RE2's. */
export class PatternProblem extends Error {}

export type ProblemKind =
  | 'invalid escape sequence'
  | 'invalid character class range'
  | 'missing ]'
  | 'missing )'
  | 'unexpected )'
  | 'trailing \\'
  | 'no argument for repetition operator'
  | 'invalid repetition size'
  | 'bad repetition operator'
  | 'invalid perl operator'
  | 'invalid named capture group'

export function problem(kind: ProblemKind, what: string): PatternProblem {
  return new PatternProblem(what === '' ? kind : `${kind}: ${what}`)
}
