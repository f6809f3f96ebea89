/*
 * Protobuf's own forms (binary and text) keep the special messages as messages; the decode pass wants the JSON form.
 * Both readers build trees through these steps.
 */
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { setOwn } from '../source/set-own.ts'

export type FormTree = Record<string, unknown>

/** Adds one value of `field`: lists grow, maps take an entry, the last one of a single field or oneof counts. */
export function addValue(type: MessageType, out: FormTree, field: FieldType, value: unknown): void {
  if (field.cardinality === cardinalities.repeated) {
    const list = out[field.name]
    if (Array.isArray(list)) list.push(value)
    else out[field.name] = [value]
    return
  }
  if (field.cardinality === cardinalities.map) return addEntry(out, field, value as MapEntry)
  if (field.oneof >= 0) {
    for (const sibling of type.fields) if (sibling.oneof === field.oneof) delete out[sibling.name]
  }
  out[field.name] = value
}

export interface MapEntry {
  readonly key?: unknown
  readonly value?: unknown
}

function addEntry(out: FormTree, field: FieldType, entry: MapEntry): void {
  const map = (out[field.name] ??= {}) as FormTree
  setOwn(
    map,
    String(entry.key ?? defaultKey(field.mapKey)),
    entry.value === undefined ? defaultValue(field.mapValue) : entry.value,
  )
}

function defaultKey(kind: number): string {
  if (kind === kinds.bool) return 'false'
  return kind === kinds.string ? '' : '0'
}

function defaultValue(kind: number): unknown {
  if (kind === kinds.message) return {}
  if (kind === kinds.string || kind === kinds.bytes) return ''
  return kind === kinds.bool ? false : 0
}

/** The JSON form of a message that has one of its own and cannot be read from its fields. */
export function finished(typeName: string, out: FormTree): unknown {
  switch (typeName) {
    case 'google.protobuf.Struct':
      return out['fields'] ?? {}
    case 'google.protobuf.ListValue':
      return out['values'] ?? []
    case 'google.protobuf.Value':
      return plainValue(out)
    case 'google.protobuf.Timestamp':
      return timestamp(out)
    default:
      return out
  }
}

/** What is in it has been finished already. */
function plainValue(out: FormTree): unknown {
  for (const name of ['struct_value', 'list_value', 'string_value', 'bool_value', 'number_value']) {
    if (out[name] !== undefined) return out[name]
  }
  return null
}

function timestamp(out: FormTree): string {
  const date = new Date(Number(out['seconds'] ?? 0) * 1000)
  if (Number.isNaN(date.getTime())) return 'out of range'
  const nanos = String(out['nanos'] ?? 0).padStart(9, '0')
  return `${date.toISOString().slice(0, 19)}.${nanos}Z`
}

/** An Any in JSON form: special messages stand below `value`. */
export function anyTree(typeUrl: string, hasOwnForm: boolean, inside: unknown): FormTree {
  if (hasOwnForm) return { '@type': typeUrl, value: inside }
  return { '@type': typeUrl, ...(inside as FormTree) }
}
