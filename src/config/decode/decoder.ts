/*
 * Tree → message: walks what the text said along the API schema and gives the canonical form, reporting everything
 * that does not fit. The leniencies are those of protobuf's JSON parser as Envoy calls it (observed on 1.40): a single
 * value where a list is wanted, lists in lists flattened, null for absent, both spellings of field names.
 */
import type { FieldPath, Json, Message } from '../../api/config.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import type { EarlierValues } from '../source/repeated-keys.ts'
import { earlierValues, repeatedKeyOf } from '../source/repeated-keys.ts'
import { setOwn } from '../source/set-own.ts'
import type { DecodeLog } from './decode-log.ts'
import { describe, shortName } from './describe.ts'
import { ElementMemo } from './element-memo.ts'
import { joinSaidAgain } from './merge.ts'
import { decodeAny } from './any.ts'
import { decodeEnum, decodeScalar, isDefault } from './scalars.ts'
import type { Tree } from './tree.ts'
import { isTree } from './tree.ts'
import { reportUnknownField } from './unknown-field.ts'
import { decodeWellKnown, isWellKnown } from './well-known.ts'

export class Decoder {
  readonly schema: Schema
  readonly log: DecodeLog
  readonly #memo: ElementMemo | undefined

  constructor(schema: Schema, log: DecodeLog, memo?: ElementMemo) {
    this.schema = schema
    this.log = log
    this.#memo = memo
  }

  /** Any message type, also the well-known ones in their special forms. Undefined if refused. */
  value(typeName: string, label: string, tree: unknown): Json | undefined {
    if (typeName === 'google.protobuf.Any') return decodeAny(this, label, tree)
    if (isWellKnown(typeName)) return decodeWellKnown(this, typeName, label, tree)
    return this.message(this.schema.requireMessage(typeName), label, tree)
  }

  message(type: MessageType, label: string, tree: unknown): Message | undefined {
    if (!isTree(tree)) {
      this.log.report(
        'NU102',
        `${label} must be a map${label === shortName(type.name) ? '' : ` (${shortName(type.name)})`}`,
        {
          expected: `a map with the fields of ${shortName(type.name)}`,
          found: describe(tree),
        },
      )
      return undefined
    }
    return this.fields(type, tree, {})
  }

  /** The fields of `tree` in the order of their numbers, after those that `out` has. `@type` is skipped. */
  fields(type: MessageType, tree: Tree, out: Record<string, Json>): Message {
    const oneofs: (string | undefined)[] = []
    const earlier = earlierValues(tree)
    let last = 0
    let sorted = true
    for (const key in tree) {
      const field = type.byName.get(key)
      if (field === undefined) {
        if (key !== '@type' || out['@type'] === undefined) reportUnknownField(type, key, tree, this)
        continue
      }
      const source = tree[key]
      const sources = earlier === undefined ? undefined : saidValues(field, key, source, earlier)
      if (sources === undefined ? source === null && !takesNull(field) : sources.length === 0) continue
      this.log.push(field.name)
      if (this.#claimsOneof(type, field, oneofs)) {
        const said = sources === undefined ? this.#field(field, source) : this.#fieldOfSeveral(type, field, sources)
        // The other spelling of the name may have come before.
        const value = said === undefined ? undefined : joinSaidAgain(this.schema, field, out[field.name], said)
        if (value !== undefined && !this.#absent(field, value)) {
          out[field.name] = value
          if (field.number < last) sorted = false
          last = field.number
        }
      }
      this.log.pop()
    }
    return sorted ? out : inOrder(type, out)
  }

  /** Of a key that came more than once in one map. */
  #fieldOfSeveral(type: MessageType, field: FieldType, sources: readonly unknown[]): Json | undefined {
    if (field.oneof >= 0 && sources.length > 1) {
      const message = `'${field.name}' has already been set: it may stand here only once`
      this.log.report('NU107', message, { of: 'key', expected: `one ${field.name} in ${shortName(type.name)}` })
      return undefined
    }
    // At once, so that elements are numbered through.
    if (field.cardinality === cardinalities.repeated) return this.#list(field, sources)
    let whole: Json | undefined
    for (const source of sources) {
      const value = this.#field(field, source)
      if (value !== undefined) whole = joinSaidAgain(this.schema, field, whole, value)
    }
    return whole
  }

  #claimsOneof(type: MessageType, field: FieldType, oneofs: (string | undefined)[]): boolean {
    if (field.oneof < 0) return true
    const taken = oneofs[field.oneof]
    oneofs[field.oneof] = field.name
    if (taken === undefined) return true
    const path = this.log.path()
    this.log.report(
      'NU107',
      `only one of ${taken} and ${field.name} may be set: '${field.name}' has already been set`,
      {
        of: 'key',
        found: `${taken} and ${field.name}`,
        expected: `one field of ${type.oneofs[field.oneof]?.name ?? 'the oneof'}`,
        related: { label: `${taken} stands in`, path: [...path.slice(0, -1), taken] },
      },
    )
    return false
  }

  #field(field: FieldType, source: unknown): Json | undefined {
    if (field.cardinality === cardinalities.repeated) return this.#list(field, source)
    if (field.cardinality === cardinalities.map) return this.#map(field, source)
    return this.#single(field.kind, field, source)
  }

  #single(kind: number, field: FieldType, source: unknown): Json | undefined {
    if (kind === kinds.message) return this.value(field.typeName, field.name, source)
    if (kind === kinds.enum) return this.#enumeration(field, source)
    return decodeScalar(kind, field.name, source, this.log)
  }

  #enumeration(field: FieldType, source: unknown): Json | undefined {
    if (field.typeName === 'google.protobuf.NullValue')
      return source === null || source === 'NULL_VALUE' ? null : undefined
    return decodeEnum(field.name, this.schema.requireEnum(field.typeName), source, this.log)
  }

  #list(field: FieldType, source: unknown): Json[] {
    const out: Json[] = []
    if (!Array.isArray(source)) {
      const value = this.#single(field.kind, field, source)
      if (value !== undefined) out.push(value)
      return out
    }
    this.#elements(field, source, out)
    return out
  }

  #elements(field: FieldType, source: readonly unknown[], out: Json[]): void {
    const memo = this.#memo?.typeName === field.typeName ? this.#memo : undefined
    for (let index = 0; index < source.length; index++) {
      const element = source[index]
      if (Array.isArray(element) && field.typeName !== 'google.protobuf.ListValue') {
        this.#elements(field, element, out)
        continue
      }
      this.log.push(out.length)
      const value = element === null && !takesNull(field) ? emptyElement(field) : this.#element(field, element, memo)
      // A refused element keeps its place, so that the indices of later findings stay right.
      out.push(value ?? emptyElement(field))
      this.log.pop()
    }
  }

  #element(field: FieldType, element: unknown, memo: ElementMemo | undefined): Json | undefined {
    const text = memo && ElementMemo.textOf(element)
    if (memo === undefined || text === undefined) return this.#single(field.kind, field, element)
    const known = memo.get(text)
    if (known !== undefined) return known
    const { unknownCount } = this.log
    const findings = this.log.findings.length
    const value = this.#single(field.kind, field, element)
    const isFine = findings === this.log.findings.length && unknownCount === this.log.unknownCount
    if (value !== undefined && isFine) memo.set(text, value)
    return value
  }

  #map(field: FieldType, source: unknown): Json | undefined {
    if (!isTree(source)) {
      this.log.report('NU102', `${field.name} must be a map`, { expected: 'a map', found: describe(source) })
      return undefined
    }
    const out: Record<string, Json> = {}
    const again = repeatedKeyOf(source)
    if (again !== undefined) this.reportRepeatedKey([{ key: again }])
    for (const key in source) {
      this.log.push({ key })
      const element = source[key]
      const value =
        element === null && !takesNull(field) ? emptyElement(field) : this.#single(field.mapValue, field, element)
      setOwn(out, key, value ?? emptyElement(field))
      this.log.pop()
    }
    return out
  }

  /** Of a map of one's own names, where no parser can say which value is meant. */
  reportRepeatedKey(path: FieldPath): void {
    for (const segment of path) this.log.push(segment)
    const last = path.at(-1)
    const key = typeof last === 'object' && 'key' in last ? last.key : String(last)
    this.log.report('NU115', `got unexpectedly-repeated repeated map key: '${key}'`, { of: 'key', found: key })
    for (const _ of path) this.log.pop()
  }

  #absent(field: FieldType, value: Json): boolean {
    switch (field.cardinality) {
      case cardinalities.implicit:
        if (field.kind !== kinds.enum) return isDefault(field, value)
        return value === this.schema.requireEnum(field.typeName).byNumber.get(0)?.name
      case cardinalities.repeated:
        return (value as readonly Json[]).length === 0
      case cardinalities.map:
        for (const _ in value as Message) return false
        return true
      default:
        return false
    }
  }
}

/** Without those that say nothing. */
function saidValues(field: FieldType, key: string, last: unknown, earlier: EarlierValues): unknown[] {
  const values = [...(earlier.get(key) ?? []), last]
  return values.filter((value) => value !== null || takesNull(field))
}

function takesNull(field: FieldType): boolean {
  return field.typeName === 'google.protobuf.Value' || field.typeName === 'google.protobuf.NullValue'
}

function emptyElement(field: FieldType): Json {
  const kind = field.cardinality === cardinalities.map ? field.mapValue : field.kind
  if (kind === kinds.message) return field.typeName === 'google.protobuf.Value' ? null : {}
  if (kind === kinds.bool) return false
  return kind === kinds.string || kind === kinds.bytes ? '' : 0
}

function inOrder(type: MessageType, out: Record<string, Json>): Message {
  const any = out['@type']
  const ordered: Record<string, Json> = any === undefined ? {} : { '@type': any }
  for (const field of type.fields) {
    const value = out[field.name]
    if (value !== undefined) ordered[field.name] = value
  }
  return ordered
}
