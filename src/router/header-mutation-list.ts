/** envoy.config.common.mutation_rules.v3.HeaderMutation: unlike the fields of a route table, a list is applied in order. */
import type { FormatterContext } from '../api/access-log.ts'
import type { Reader } from '../api/config.ts'
import type { HeaderMap } from '../api/headers.ts'
import { readStringMatcher } from '../config/matchers/string-matcher.ts'
import type { OperatorTable } from '../formatter/operator.ts'
import { BUILT_IN_OPERATORS } from '../formatter/operators/all.ts'
import { applyAddition, fieldName, readHeaderAddition } from './header-mutations.ts'

export type HeaderMutation = (headers: HeaderMap, context: FormatterContext) => void

const NOTHING: HeaderMutation = () => undefined

export function readHeaderMutation(reader: Reader): HeaderMutation {
  return readWith(reader, BUILT_IN_OPERATORS)
}

/** A list whose formats may use these operators. */
export function readHeaderMutations(reader: Reader, field: string, operators: OperatorTable): HeaderMutation[] {
  return reader.messages(field, (mutation) => readWith(mutation, operators))
}

function readWith(reader: Reader, operators: OperatorTable): HeaderMutation {
  switch (reader.oneof('action')) {
    case 'remove': {
      const name = fieldName(reader.string('remove'))
      if (name === ':method') reader.unsupported('remove', 'a request without a method')
      return (headers) => void headers.remove(name)
    }
    case 'append': {
      const addition = reader.message('append', (append) => readHeaderAddition(append, operators))
      return addition === undefined ? NOTHING : (headers, context) => applyAddition(addition, headers, context)
    }
    case 'remove_on_match':
      return reader.message('remove_on_match', readRemoval) ?? NOTHING
    default:
      return NOTHING
  }
}

function readRemoval(reader: Reader): HeaderMutation {
  const matches = reader.message('key_matcher', readStringMatcher) ?? (() => false)
  return (headers) => {
    const names: string[] = []
    headers.forEach((name) => {
      if (matches(name)) names.push(name)
    })
    for (const name of names) headers.remove(name)
  }
}
