/* Rules of numbers; durations use them too, in seconds. */
import type { Rules } from '../schema/schema-types.ts'
import type { Problem } from './problem.ts'

interface NumberRules {
  readonly const?: number
  readonly gt?: number
  readonly gte?: number
  readonly lt?: number
  readonly lte?: number
  readonly in?: readonly number[]
  readonly not_in?: readonly number[]
  readonly ignore_empty?: boolean
}

export function numberProblem(all: Rules, value: number, unit = ''): Problem | undefined {
  const rules = all as NumberRules
  if (rules.ignore_empty === true && value === 0) return undefined
  const { gt, gte, lt, lte } = rules
  const fine =
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte) &&
    (rules.const === undefined || value === rules.const) &&
    rules.in?.includes(value) !== false &&
    rules.not_in?.includes(value) !== true
  return fine ? undefined : { expected: expectation(rules, value, unit), found: `${value}${unit}` }
}

/** Only the bound that was crossed, unless it is about a set. */
function expectation(rules: NumberRules, value: number, unit: string): string {
  const { gt, gte, lt, lte } = rules
  if (gt !== undefined && !(value > gt)) return `> ${gt}${unit}`
  if (gte !== undefined && !(value >= gte)) return `≥ ${gte}${unit}`
  if (lt !== undefined && !(value < lt)) return `< ${lt}${unit}`
  if (lte !== undefined && !(value <= lte)) return `≤ ${lte}${unit}`
  if (rules.const !== undefined) return `${rules.const}${unit}`
  if (rules.in !== undefined) return `one of ${rules.in.join(', ')}`
  return `none of ${rules.not_in?.join(', ') ?? ''}`
}
