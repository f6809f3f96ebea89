/*
 * The second pass over a decoded message: the validation rules of the API, required oneofs, deprecated and
 * work-in-progress fields. Goes through every Any whose type the schema knows.
 */
import type { Json, Message } from '../../api/config.ts'
import type { DecodeLog } from '../decode/decode-log.ts'
import { shortName } from '../decode/describe.ts'
import type { ElementMemo } from '../decode/element-memo.ts'
import { isWellKnown } from '../decode/well-known.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import { absentProblem, checkRequiredOneofs } from './absent.ts'
import type { DeprecationCounts } from './deprecated.ts'
import { checkDeprecated, checkDisallowedDefault, checkWorkInProgress } from './deprecated.ts'
import type { ListRules, MapRules } from './collection-rules.ts'
import { listProblem, mapProblem } from './collection-rules.ts'
import { isUnpacked } from './unpacked.ts'
import type { Problem } from './problem.ts'
import { valueProblem } from './value-rules.ts'

/** Envoy asks the factory of each first whether it ends the chain, which checks the configuration once more. */
const FILTERS: ReadonlySet<string> = new Set([
  'envoy.config.listener.v3.Filter',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
])

export class MessageChecker {
  readonly schema: Schema
  readonly log: DecodeLog
  readonly counts: DeprecationCounts = { deprecated: 0, workInProgress: 0 }
  /** What is no longer available is refused by the runtime, and a bootstrap is read before there is one. */
  refusesUnavailable: boolean
  /** How often Envoy checks what is being checked here, with its runtime. */
  asked: number
  readonly #absentFields = new Map<MessageType, readonly FieldType[]>()
  readonly #memo: ElementMemo | undefined

  constructor(schema: Schema, log: DecodeLog, refusesUnavailable: boolean, memo?: ElementMemo) {
    this.schema = schema
    this.log = log
    this.refusesUnavailable = refusesUnavailable
    this.asked = refusesUnavailable ? 1 : 0
    this.#memo = memo
  }

  check(type: MessageType, message: Message): void {
    if (type.workInProgress)
      checkWorkInProgress(this, `message '${type.name}' is contained in proto file '${type.file}'`)
    for (const key in message) {
      const field = type.byName.get(key)
      if (field === undefined) continue
      const value = message[key]
      if (value === undefined) continue
      this.log.push(key)
      this.#field(type, field, value)
      this.log.pop()
    }
    for (const field of this.#absentMatters(type)) if (message[field.name] === undefined) this.#absent(type, field)
    checkRequiredOneofs(this, type, message)
  }

  #field(type: MessageType, field: FieldType, value: Json): void {
    if (field.deprecated !== 0) checkDeprecated(this, type, field)
    if (field.workInProgress) checkWorkInProgress(this, `field '${type.name}.${field.name}'`)
    switch (field.cardinality) {
      case cardinalities.repeated:
        return this.#list(type, field, value as readonly Json[])
      case cardinalities.map:
        return this.#map(type, field, value as Message)
      default:
        if (field.rules !== undefined)
          this.#report(type, field, valueProblem(this.schema, field.kind, field, field.rules, value))
        return this.#inside(type, field.kind, field, value)
    }
  }

  #list(type: MessageType, field: FieldType, list: readonly Json[]): void {
    const rules = field.rules?.['repeated'] as ListRules | undefined
    if (rules !== undefined) this.#report(type, field, listProblem(rules, list))
    if (field.kind !== kinds.message && rules?.items === undefined) return
    const memo = this.#memo?.typeName === field.typeName ? this.#memo : undefined
    for (let index = 0; index < list.length; index++) {
      const value = list[index] as Json
      if (memo?.isChecked(value as Message) === true) continue
      const before = this.#said
      this.log.push(index)
      if (rules?.items !== undefined) {
        this.#report(type, field, valueProblem(this.schema, field.kind, field, rules.items, value))
      }
      this.#inside(type, field.kind, field, value)
      this.log.pop()
      if (memo !== undefined && before === this.#said) memo.noteChecked(value as Message)
    }
  }

  /** Grows with whatever there is to say. */
  get #said(): number {
    return this.log.findings.length + this.counts.deprecated + this.counts.workInProgress
  }

  #map(type: MessageType, field: FieldType, map: Message): void {
    const rules = field.rules?.['map'] as MapRules | undefined
    if (rules !== undefined) this.#report(type, field, mapProblem(rules, map))
    for (const key in map) {
      const value = map[key] as Json
      this.log.push({ key })
      if (rules?.keys !== undefined) {
        this.#report(type, field, valueProblem(this.schema, field.mapKey, field, rules.keys, key), 'key')
      }
      if (rules?.values !== undefined) {
        this.#report(type, field, valueProblem(this.schema, field.mapValue, field, rules.values, value))
      }
      this.#inside(type, field.mapValue, field, value)
      this.log.pop()
    }
  }

  /** Goes down into messages. */
  #inside(owner: MessageType, kind: number, field: FieldType, value: Json): void {
    if (kind !== kinds.message || isWellKnown(field.typeName)) return
    if (field.rules !== undefined && (field.rules['message'] as { skip?: boolean } | undefined)?.skip === true) return
    const message = value as Message
    if (field.typeName !== 'google.protobuf.Any') return this.check(this.schema.requireMessage(field.typeName), message)
    const url = message['@type']
    if (typeof url !== 'string') return
    const type = this.schema.message(url.slice(url.lastIndexOf('/') + 1))
    if (type === undefined || isWellKnown(type.name) || !isUnpacked(owner, field, type.name)) return
    const outside = this.refusesUnavailable
    const askedOutside = this.asked
    this.refusesUnavailable = true
    this.asked = FILTERS.has(owner.name) ? 2 : 1
    this.log.push({ any: true })
    this.check(type, message)
    this.log.pop()
    this.refusesUnavailable = outside
    this.asked = askedOutside
  }

  /** The fields whose absence can be wrong; worked out once a type, for every message of it is asked. */
  #absentMatters(type: MessageType): readonly FieldType[] {
    let fields = this.#absentFields.get(type)
    if (fields === undefined) {
      fields = type.fields.filter((field) => {
        return absentProblem(this.schema, field) !== undefined || hasDisallowedDefault(this.schema, field)
      })
      this.#absentFields.set(type, fields)
    }
    return fields
  }

  #absent(type: MessageType, field: FieldType): void {
    const problem = absentProblem(this.schema, field)
    if (problem !== undefined) {
      // A field that is there and empty can be pointed at.
      this.log.push(field.name)
      this.log.report('NU109', `${shortName(type.name)} needs ${field.name}: ${problem}`, {
        of: 'key',
        expected: field.name,
        hint: field.name === 'stat_prefix' ? 'any short name; it names the metrics' : undefined,
      })
      this.log.pop()
    }
    if (field.kind === kinds.enum) checkDisallowedDefault(this, type, field)
  }

  #report(type: MessageType, field: FieldType, problem: Problem | undefined, of: 'key' | 'value' = 'value'): void {
    if (problem === undefined) return
    const { expected, found } = problem
    const message = `${field.name} must be ${expected}${found === undefined ? '' : `, got ${found}`} (${shortName(type.name)})`
    this.log.report('NU108', message, { of, expected, found })
  }
}

function hasDisallowedDefault(schema: Schema, field: FieldType): boolean {
  if (field.kind !== kinds.enum || field.cardinality > cardinalities.explicit) return false
  return schema.requireEnum(field.typeName).byNumber.get(0)?.deprecated === 2
}
