/* Rules of single values: strings, bytes, numbers, booleans, enums, durations, Any. */
import type { Json } from '../../api/config.ts'
import { durationMs } from '../decode/duration.ts'
import { wrappedKind } from '../decode/well-known.ts'
import type { FieldType, Rules } from '../schema/schema-types.ts'
import { kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import type { Problem } from './problem.ts'
import { numberProblem } from './number-rules.ts'
import { bytesProblem, stringProblem } from './string-rules.ts'

/** `rules` is a FieldRules: one member, named for the type it speaks of. */
export function valueProblem(
  schema: Schema,
  kind: number,
  field: FieldType,
  rules: Rules,
  value: Json,
): Problem | undefined {
  if (kind === kinds.enum) return enumProblem(schema, field, rules['enum'] as EnumRules | undefined, value)
  if (kind === kinds.message) {
    const inside = wrappedKind(field.typeName)
    if (inside !== undefined) return scalarProblem(inside, rules, value)
    return field.typeName === 'google.protobuf.Duration' ? durationProblem(rules['duration'], value) : undefined
  }
  return scalarProblem(kind, rules, value)
}

const ruleNames: Readonly<Record<number, string>> = {
  [kinds.double]: 'double',
  [kinds.float]: 'float',
  [kinds.int64]: 'int64',
  [kinds.uint64]: 'uint64',
  [kinds.int32]: 'int32',
  [kinds.uint32]: 'uint32',
  [kinds.bool]: 'bool',
  [kinds.string]: 'string',
  [kinds.bytes]: 'bytes',
}

function scalarProblem(kind: number, rules: Rules, value: Json): Problem | undefined {
  const own = rules[ruleNames[kind] ?? ''] as Rules | undefined
  if (own === undefined) return undefined
  switch (kind) {
    case kinds.string:
      return stringProblem(own, String(value))
    case kinds.bytes:
      return bytesProblem(own, String(value))
    case kinds.bool:
      return own['const'] === undefined || own['const'] === value
        ? undefined
        : { expected: String(own['const']), found: String(value) }
    default:
      return numberProblem(own, Number(value))
  }
}

interface EnumRules {
  readonly defined_only?: boolean
  readonly in?: readonly number[]
  readonly not_in?: readonly number[]
}

function enumProblem(schema: Schema, field: FieldType, rules: EnumRules | undefined, value: Json): Problem | undefined {
  if (rules === undefined) return undefined
  const type = schema.requireEnum(field.typeName)
  const number = typeof value === 'number' ? value : (type.byName.get(String(value))?.number ?? 0)
  const bad =
    (rules.defined_only === true && !type.byNumber.has(number)) ||
    rules.not_in?.includes(number) === true ||
    rules.in?.includes(number) === false
  if (!bad) return undefined
  const legal = type.values.filter((each) => rules.not_in?.includes(each.number) !== true)
  return { expected: `one of ${legal.map((each) => each.name).join(', ')}`, found: String(value) }
}

function durationProblem(rules: unknown, value: Json): Problem | undefined {
  if (rules === undefined) return undefined
  const problem = numberProblem(rules as Rules, durationMs(String(value)) / 1000, 's')
  return problem === undefined ? undefined : { ...problem, found: String(value) }
}
