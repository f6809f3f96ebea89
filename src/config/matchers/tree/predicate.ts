/** Matcher.MatcherList.Predicate: single, or, and, not. */
import type { Reader } from '../../../api/config.ts'
import type { Predicate } from './input-matcher.ts'
import { readInputMatcher } from './input-matcher.ts'
import { readInput } from './read-input.ts'
import type { TreeContext } from './tree-context.ts'

const NEVER: Predicate = () => false

export function readPredicate(reader: Reader, context: TreeContext): Predicate {
  const below = (inner: Reader) => readPredicate(inner, context)
  const list = (inner: Reader) => inner.messages('predicate', below)
  switch (reader.oneof('match_type')) {
    case 'single_predicate':
      return reader.message('single_predicate', (single) => readSingle(single, context)) ?? NEVER
    case 'or_matcher':
      return anyOf(reader.message('or_matcher', list) ?? [])
    case 'and_matcher':
      return allOf(reader.message('and_matcher', list) ?? [])
    case 'not_matcher':
      return not(reader.message('not_matcher', below) ?? NEVER)
    default:
      return NEVER
  }
}

function readSingle(reader: Reader, context: TreeContext): Predicate {
  const input = reader.message('input', (config) => readInput(config, context))
  if (input !== undefined) return readInputMatcher(reader, input, context)
  // The input was refused; what would be asked of it cannot be judged.
  reader.raw('value_match')
  reader.raw('custom_match')
  return NEVER
}

/** One that cannot be decided yet does not keep a later one from deciding. */
function anyOf(predicates: readonly Predicate[]): Predicate {
  return (data) => {
    let undecided = false
    for (let i = 0; i < predicates.length; i++) {
      const matches = predicates[i]!(data)
      if (matches === true) return true
      if (matches === undefined) undecided = true
    }
    return undecided ? undefined : false
  }
}

function allOf(predicates: readonly Predicate[]): Predicate {
  return (data) => {
    for (let i = 0; i < predicates.length; i++) {
      const matches = predicates[i]!(data)
      if (matches !== true) return matches
    }
    return true
  }
}

function not(predicate: Predicate): Predicate {
  return (data) => {
    const matches = predicate(data)
    return matches === undefined ? undefined : !matches
  }
}
