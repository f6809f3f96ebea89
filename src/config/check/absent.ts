/* What the rules say about fields that are not set. */
import type { Message } from '../../api/config.ts'
import { shortName } from '../decode/describe.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import { listProblem, mapProblem } from './collection-rules.ts'
import type { MessageChecker } from './check-message.ts'
import { valueProblem } from './value-rules.ts'

/** Undefined if absence is fine. A field without presence is judged as its zero value. */
export function absentProblem(schema: Schema, field: FieldType): string | undefined {
  const { rules } = field
  if (rules === undefined || field.oneof >= 0) return undefined
  for (const kind of ['message', 'any', 'duration', 'timestamp']) {
    if ((rules[kind] as { required?: boolean } | undefined)?.required === true) return 'value is required'
  }
  if (field.cardinality === cardinalities.explicit) return undefined
  const problem =
    field.cardinality === cardinalities.repeated
      ? listProblem(rules['repeated'] ?? {}, [])
      : field.cardinality === cardinalities.map
        ? mapProblem(rules['map'] ?? {}, {})
        : valueProblem(schema, field.kind, field, rules, zeroOf(field))
  if (problem === undefined) return undefined
  return problem.expected === 'at least 1 character long' ? 'it may not be empty' : `it must be ${problem.expected}`
}

/** In a required oneof any of its fields will do. */
export function checkRequiredOneofs(checker: MessageChecker, type: MessageType, message: Message): void {
  if (type.name === OPTIONAL_ALL_THE_SAME) return
  for (const oneof of type.oneofs) {
    if (!oneof.required || oneof.fields.some((name) => message[name] !== undefined)) continue
    const names = oneof.fields.join(', ')
    checker.log.report('NU109', `${shortName(type.name)} needs one of ${names} (${oneof.name} is required)`, {
      of: 'key',
      expected: `one of ${names}`,
    })
  }
}

/** Envoy does not check the configuration of balancing policies, and an empty choice is common there and means none. */
const OPTIONAL_ALL_THE_SAME = 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig'

function zeroOf(field: FieldType): string | number | boolean {
  if (field.kind === kinds.string || field.kind === kinds.bytes) return ''
  if (field.kind === kinds.bool) return false
  return 0
}
