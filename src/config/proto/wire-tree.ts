/* Binary protobuf → tree for the decode pass, by a walk along the API schema. */
import { isWellKnown } from '../decode/well-known.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import type { FormTree } from './message-form.ts'
import { addValue, anyTree, finished } from './message-form.ts'
import { Wire, WireProblem } from './wire.ts'

const deepest = 100

/** Throws WireProblem. A field that the schema does not know is kept under `#<number>`, which no field is called. */
export function wireTree(schema: Schema, typeName: string, bytes: Uint8Array): unknown {
  return new Walker(schema).message(schema.requireMessage(typeName), bytes)
}

/** An Any whose fields, `type_url` and `value` (base64), have been read. Throws WireProblem. */
export function anyOfBytes(schema: Schema, fields: FormTree): FormTree {
  return new Walker(schema).any(fields)
}

class Walker {
  readonly #schema: Schema
  #depth = 0

  constructor(schema: Schema) {
    this.#schema = schema
  }

  message(type: MessageType, bytes: Uint8Array): unknown {
    if (++this.#depth > deepest) throw new WireProblem('too deeply nested')
    const out: FormTree = {}
    const wire = new Wire(bytes)
    while (!wire.ended()) {
      const tag = wire.varint32()
      if (tag >>> 3 === 0) throw new WireProblem('a field of number 0')
      const field = type.byNumber.get(tag >>> 3)
      // A value that is written as another kind is none of the field's.
      if (field === undefined || !fits(field, tag & 7)) {
        out[`#${tag >>> 3}`] = true
        wire.skip(tag & 7)
      } else this.#field(type, out, field, wire, tag & 7)
    }
    this.#depth--
    return type.name === 'google.protobuf.Any' ? this.any(out) : finished(type.name, out)
  }

  #field(type: MessageType, out: FormTree, field: FieldType, wire: Wire, wireType: number): void {
    const { kind, cardinality } = field
    if (cardinality === cardinalities.map) return addValue(type, out, field, this.#entry(field, wire.bytes()))
    if (cardinality === cardinalities.repeated && wireType === 2 && isPackable(kind)) {
      const packed = new Wire(wire.bytes())
      while (!packed.ended()) addValue(type, out, field, this.#value(kind, field.typeName, packed))
      return
    }
    addValue(type, out, field, this.#value(kind, field.typeName, wire))
  }

  #entry(field: FieldType, bytes: Uint8Array): { key?: unknown; value?: unknown } {
    const wire = new Wire(bytes)
    const entry: { key?: unknown; value?: unknown } = {}
    while (!wire.ended()) {
      const tag = wire.varint32()
      const kind = tag >>> 3 === 1 ? field.mapKey : tag >>> 3 === 2 ? field.mapValue : undefined
      if (kind === undefined || wireTypeOf(kind) !== (tag & 7)) wire.skip(tag & 7)
      else if (tag >>> 3 === 1) entry.key = this.#value(kind, '', wire)
      else entry.value = this.#value(kind, field.typeName, wire)
    }
    return entry
  }

  #value(kind: number, typeName: string, wire: Wire): unknown {
    if (kind === kinds.message) return this.message(this.#schema.requireMessage(typeName), wire.bytes())
    return wire.scalar(kind)
  }

  any(out: FormTree): FormTree {
    const url = out['type_url']
    const bytes = typeof out['value'] === 'string' ? Buffer.from(out['value'], 'base64') : new Uint8Array(0)
    if (typeof url !== 'string') return {}
    const type = this.#schema.message(url.slice(url.lastIndexOf('/') + 1))
    // The decode pass says that nobody knows the type.
    if (type === undefined) return { '@type': url }
    const hasOwnForm = isWellKnown(type.name) || type.name === 'google.protobuf.Any'
    return anyTree(url, hasOwnForm, this.message(type, bytes))
  }
}

function fits({ kind, cardinality }: FieldType, wireType: number): boolean {
  if (cardinality === cardinalities.map) return wireType === 2
  if (cardinality === cardinalities.repeated && wireType === 2 && isPackable(kind)) return true
  return wireTypeOf(kind) === wireType
}

function wireTypeOf(kind: number): number {
  switch (kind) {
    case kinds.double:
    case kinds.fixed64:
    case kinds.sfixed64:
      return 1
    case kinds.float:
    case kinds.fixed32:
    case kinds.sfixed32:
      return 5
    case kinds.string:
    case kinds.bytes:
    case kinds.message:
      return 2
    default:
      return 0
  }
}

function isPackable(kind: number): boolean {
  return kind !== kinds.string && kind !== kinds.bytes && kind !== kinds.message
}
