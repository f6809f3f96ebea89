/* Rules of repeated fields and maps. */
import type { Json, Message } from '../../api/config.ts'
import type { Rules } from '../schema/schema-types.ts'
import type { Problem } from './problem.ts'

export interface ListRules {
  readonly items?: Rules
  readonly min_items?: number
  readonly max_items?: number
  readonly unique?: boolean
}

export interface MapRules {
  readonly keys?: Rules
  readonly values?: Rules
  readonly min_pairs?: number
  readonly max_pairs?: number
}

export function listProblem(rules: ListRules, list: readonly Json[]): Problem | undefined {
  const { min_items: low, max_items: high } = rules
  if (low !== undefined && list.length < low)
    return { expected: `a list of at least ${items(low)}`, found: count(list.length) }
  if (high !== undefined && list.length > high)
    return { expected: `a list of at most ${items(high)}`, found: count(list.length) }
  if (rules.unique === true && new Set(list.map((value) => JSON.stringify(value))).size < list.length) {
    return { expected: 'a list without repetitions' }
  }
  return undefined
}

export function mapProblem(rules: MapRules, map: Message): Problem | undefined {
  const size = Object.keys(map).length
  const { min_pairs: low, max_pairs: high } = rules
  if (low !== undefined && size < low)
    return { expected: `a map of at least ${low} ${low === 1 ? 'entry' : 'entries'}`, found: count(size) }
  if (high !== undefined && size > high) return { expected: `a map of at most ${high} entries`, found: count(size) }
  return undefined
}

function items(number: number): string {
  return number === 1 ? '1 item' : `${number} items`
}

function count(number: number): string {
  return number === 0 ? 'none' : String(number)
}
