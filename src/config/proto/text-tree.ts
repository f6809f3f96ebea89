/* Protobuf's text format → tree for the decode pass, by a walk along the API schema. */
import { didYouMean } from '../decode/suggest.ts'
import { shortName } from '../decode/describe.ts'
import { isWellKnown } from '../decode/well-known.ts'
import type { FieldType, MessageType } from '../schema/schema-types.ts'
import { cardinalities, kinds } from '../schema/schema-types.ts'
import type { Schema } from '../schema/schema.ts'
import type { Marks } from '../source/marks.ts'
import { markEntry } from '../source/marks.ts'
import type { FormTree, MapEntry } from './message-form.ts'
import { addValue, anyTree, finished } from './message-form.ts'
import type { Token } from './text-tokens.ts'
import { TextProblem, textTokens } from './text-tokens.ts'
import { anyOfBytes } from './wire-tree.ts'
import { WireProblem } from './wire.ts'

const deepest = 100

/** Throws TextProblem. */
export function textTree(schema: Schema, typeName: string, text: string, marks?: Marks): unknown {
  return new Walker(schema, textTokens(text), marks).document(schema.requireMessage(typeName))
}

class Walker {
  readonly #schema: Schema
  readonly #tokens: readonly Token[]
  readonly #marks: Marks | undefined
  #at = 0
  #depth = 0

  constructor(schema: Schema, tokens: readonly Token[], marks: Marks | undefined) {
    this.#schema = schema
    this.#tokens = tokens
    this.#marks = marks
  }

  document(type: MessageType): unknown {
    return this.#fields(type, undefined)
  }

  /** Up to `closing`, which is taken; undefined: the end of the text. */
  #fields(type: MessageType, closing: string | undefined): unknown {
    if (++this.#depth > deepest) throw this.#problem('too deeply nested')
    let out: FormTree = {}
    for (;;) {
      const token = this.#peek()
      if (closing === undefined ? token.kind === 'end' : this.#take(closing)) break
      if (type.name === 'google.protobuf.Any' && token.text === '[') {
        if (Object.keys(out).length > 0) throw this.#problem('Non-repeated Any specified multiple times')
        out = this.#expandedAny()
      } else this.#field(type, out)
      if (!this.#take(',')) this.#take(';')
    }
    this.#depth--
    return type.name === 'google.protobuf.Any' ? this.#any(out) : this.#finish(type, out)
  }

  /** Of `type_url` and the bytes in `value`, unless the type stood in brackets. */
  #any(out: FormTree): FormTree {
    if (out['@type'] !== undefined) return out
    try {
      return anyOfBytes(this.#schema, out)
    } catch (problem) {
      if (!(problem instanceof WireProblem)) throw problem
      throw this.#problem(`value of google.protobuf.Any: ${problem.message}`)
    }
  }

  #finish(type: MessageType, out: FormTree): unknown {
    const value = finished(type.name, out)
    const entries = this.#marks?.containers.get(out)
    if (entries !== undefined && typeof value === 'object' && value !== null)
      this.#marks?.containers.set(value, entries)
    return value
  }

  #field(type: MessageType, out: FormTree): void {
    const name = this.#peek()
    if (name.kind !== 'word') throw this.#problem(`Expected identifier, got: ${name.text}`)
    const field = type.byName.get(name.text)
    if (field === undefined || field.name !== name.text) {
      const hint = didYouMean(
        name.text,
        type.fields.map((each) => each.name),
      )
      throw this.#problem(
        `unknown field "${name.text}" in ${shortName(type.name)}${hint === undefined ? '' : `; ${hint}`}`,
      )
    }
    this.#at++
    const hasColon = this.#take(':')
    if (!hasColon && field.kind !== kinds.message && field.cardinality !== cardinalities.map)
      throw this.#problem(`Expected ":", got: ${this.#peek().text}`)
    const isSingle = field.cardinality !== cardinalities.repeated && field.cardinality !== cardinalities.map
    if (isSingle || !this.#take('[')) return this.#single(type, out, field, name)
    if (this.#take(']')) return
    do this.#single(type, out, field, name)
    while (this.#take(','))
    this.#require(']')
  }

  #single(type: MessageType, out: FormTree, field: FieldType, name: Token): void {
    const isSingle = field.cardinality !== cardinalities.repeated && field.cardinality !== cardinalities.map
    if (isSingle && Object.hasOwn(out, field.name)) {
      throw this.#problem(`Non-repeated field "${field.name}" is specified multiple times.`)
    }
    const sibling =
      field.oneof >= 0 && type.fields.find((each) => each.oneof === field.oneof && Object.hasOwn(out, each.name))
    if (sibling) {
      const oneof = type.oneofs[field.oneof]?.name ?? ''
      throw this.#problem(
        `Field "${field.name}" is specified along with field "${sibling.name}", another member of oneof "${oneof}".`,
      )
    }
    const start = this.#peek().start
    const value = this.#fieldValue(field)
    addValue(type, out, field, value)
    if (this.#marks === undefined) return
    const mark = {
      keyStart: name.start,
      keyEnd: name.end,
      valueStart: start,
      valueEnd: this.#tokens[this.#at - 1]?.end ?? start,
    }
    const list: unknown = out[field.name]
    if (Array.isArray(list)) markEntry(this.#marks, list, list.length - 1, { ...mark, keyStart: -1, keyEnd: -1 })
    if (!this.#marks.containers.get(out)?.has(field.name)) markEntry(this.#marks, out, field.name, mark)
  }

  #fieldValue(field: FieldType): unknown {
    if (field.cardinality === cardinalities.map) return this.#mapEntry(field)
    if (field.kind === kinds.message) return this.#message(this.#schema.requireMessage(field.typeName))
    return this.#scalar(field.kind, field.typeName)
  }

  #message(type: MessageType): unknown {
    return this.#fields(type, this.#open())
  }

  #open(): string {
    if (this.#take('{')) return '}'
    if (this.#take('<')) return '>'
    throw this.#problem(`Expected "{", got: ${this.#peek().text}`)
  }

  #mapEntry(field: FieldType): MapEntry {
    const closing = this.#open()
    const entry: { key?: unknown; value?: unknown } = {}
    while (!this.#take(closing)) {
      const name = this.#peek().text
      if ((name === 'key' || name === 'value') && name in entry)
        throw this.#problem(`Non-repeated field "${name}" is specified multiple times.`)
      this.#at++
      const hasColon = this.#take(':')
      if (name === 'key' && hasColon) entry.key = this.#scalar(field.mapKey, '')
      else if (name === 'value') entry.value = this.#mapValue(field)
      else throw this.#problem(`Expected key or value, got: ${name}`)
      if (!this.#take(',')) this.#take(';')
    }
    return entry
  }

  #mapValue(field: FieldType): unknown {
    if (field.mapValue !== kinds.message) return this.#scalar(field.mapValue, field.typeName)
    return this.#message(this.#schema.requireMessage(field.typeName))
  }

  /** `[type.googleapis.com/a.B] { … }` */
  #expandedAny(): FormTree {
    let url = ''
    for (this.#at++; !this.#take(']'); this.#at++) {
      if (this.#peek().kind === 'end') throw this.#problem('Expected "]"')
      url += this.#peek().text
    }
    this.#take(':')
    const type = this.#schema.message(url.slice(url.lastIndexOf('/') + 1))
    if (type === undefined) throw this.#problem(`Could not find type "${url}" stored in google.protobuf.Any.`)
    const inside = this.#message(type)
    const out = anyTree(url, isWellKnown(type.name) || type.name === 'google.protobuf.Any', inside)
    const entries = this.#marks?.containers.get(inside as object)
    if (entries !== undefined) this.#marks?.containers.set(out, entries)
    return out
  }

  #scalar(kind: number, typeName: string): unknown {
    switch (kind) {
      case kinds.string:
      case kinds.bytes:
        return this.#strings(kind)
      case kinds.bool:
        return this.#boolean()
      case kinds.enum:
        return this.#peek().kind === 'word' ? this.#enumName(typeName) : this.#signed('integer or identifier')
      case kinds.double:
      case kinds.float:
        return this.#float()
      case kinds.uint32:
      case kinds.uint64:
      case kinds.fixed32:
      case kinds.fixed64:
        return this.#unsigned('integer')
      default:
        return this.#signed('integer')
    }
  }

  #boolean(): boolean {
    const { kind, text } = this.#peek()
    const value = kind === 'number' ? booleanNumber(text) : kind === 'word' ? BOOLEANS.get(text) : undefined
    if (value === undefined) throw this.#problem(`Invalid value for boolean field. Value: "${text}".`)
    this.#at++
    return value
  }

  /** As it is written in the API. */
  #enumName(typeName: string): string {
    const { text } = this.#peek()
    const { byName } = this.#schema.requireEnum(typeName)
    if (!byName.has(text)) {
      const hint = didYouMean(text, byName.keys())
      throw this.#problem(`Unknown enumeration value of "${text}"${hint === undefined ? '' : `; ${hint}`}`)
    }
    this.#at++
    return text
  }

  #signed(expected: string): bigint {
    return this.#take('-') ? -this.#unsigned(expected) : this.#unsigned(expected)
  }

  #unsigned(expected: string): bigint {
    const { kind, text } = this.#peek()
    const value = kind === 'number' ? integer(text) : undefined
    if (value === undefined) throw this.#problem(`Expected ${expected}, got: ${text}`)
    this.#at++
    return value
  }

  #float(): number | string {
    const negative = this.#take('-')
    const { kind, text } = this.#peek()
    const value = kind === 'number' ? decimal(text) : kind === 'word' ? NO_NUMBERS.get(text.toLowerCase()) : undefined
    if (value === undefined) throw this.#problem(`Expected double, got: ${text}`)
    this.#at++
    // What is no number has no sign either.
    if (!negative || value === 'NaN') return value
    return typeof value === 'string' ? `-${value}` : -value
  }

  /** Strings that follow each other are one. */
  #strings(kind: number): string {
    if (this.#peek().kind !== 'string') throw this.#problem(`Expected string, got: ${this.#peek().text}`)
    let bytes = ''
    while (this.#peek().kind === 'string') bytes += this.#tokens[this.#at++]?.text ?? ''
    return Buffer.from(bytes, 'latin1').toString(kind === kinds.bytes ? 'base64' : 'utf8')
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'the end', start: 0, end: 0 }
  }

  #take(sign: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'sign' || token.text !== sign) return false
    this.#at++
    return true
  }

  #require(sign: string): void {
    if (!this.#take(sign)) throw this.#problem(`Expected "${sign}", got: ${this.#peek().text}`)
  }

  #problem(message: string): TextProblem {
    return new TextProblem(message, this.#peek().start)
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'True', 't'].map((word) => [word, true] as const),
  ...['false', 'False', 'f'].map((word) => [word, false] as const),
])

const NO_NUMBERS: ReadonlyMap<string, string> = new Map([
  ['inf', 'Infinity'],
  ['infinity', 'Infinity'],
  ['nan', 'NaN'],
])

function booleanNumber(text: string): boolean | undefined {
  const value = integer(text)
  return value === 0n || value === 1n ? value === 1n : undefined
}

function integer(text: string): bigint | undefined {
  if (/^0[xX][\da-fA-F]+$/.test(text) || /^(?:0|[1-9]\d*)$/.test(text)) return BigInt(text)
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text.slice(1)}`) : undefined
}

/** Numbers with a base of their own are none of these. */
function decimal(text: string): number | undefined {
  const digits = text.replace(/[fF]$/, '')
  const value = Number(digits)
  return Number.isNaN(value) || /^0[\dxX]/.test(digits) ? undefined : value
}
