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
      if (type.name === 'google.protobuf.Any' && token.text === '[') out = this.#expandedAny()
      else this.#field(type, out)
      if (!this.#take(',')) this.#take(';')
    }
    this.#depth--
    return type.name === 'google.protobuf.Any' ? out : this.#finish(type, out)
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
    if (field.cardinality === cardinalities.repeated && this.#take('[')) {
      while (!this.#take(']')) {
        this.#single(type, out, field, name, true)
        this.#take(',')
      }
      return
    }
    this.#single(type, out, field, name, hasColon)
  }

  #single(type: MessageType, out: FormTree, field: FieldType, name: Token, hasColon: boolean): void {
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
    const value = this.#fieldValue(field, hasColon)
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

  #fieldValue(field: FieldType, hasColon: boolean): unknown {
    if (field.cardinality === cardinalities.map) return this.#mapEntry(field)
    if (field.kind === kinds.message) return this.#message(this.#schema.requireMessage(field.typeName))
    if (!hasColon) throw this.#problem(`Expected ":", got: ${this.#peek().text}`)
    return this.#scalar(field.kind)
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
      this.#at++
      const hasColon = this.#take(':')
      if (name === 'key' && hasColon) entry.key = this.#scalar(field.mapKey)
      else if (name === 'value') entry.value = this.#mapValue(field)
      else throw this.#problem(`Expected key or value, got: ${name}`)
      if (!this.#take(',')) this.#take(';')
    }
    return entry
  }

  #mapValue(field: FieldType): unknown {
    if (field.mapValue !== kinds.message) return this.#scalar(field.mapValue)
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

  #scalar(kind: number): unknown {
    const token = this.#peek()
    if (token.kind === 'string') return this.#strings(kind)
    const negative = this.#take('-')
    const { kind: found, text } = this.#peek()
    if (found !== 'word' && found !== 'number') throw this.#problem(`Expected a value, got: ${text}`)
    this.#at++
    if (kind === kinds.bool) return this.#boolean(text)
    if (found === 'word') return kind === kinds.enum ? text : infinity(negative, text)
    const value = isFloat(kind) ? number(text) : integer(text)
    return negative ? negated(value) : value
  }

  #boolean(text: string): boolean {
    if (text === 'true' || text === 'True' || text === 't' || text === '1') return true
    if (text === 'false' || text === 'False' || text === 'f' || text === '0') return false
    throw this.#problem(`Invalid value for boolean field. Value: "${text}".`)
  }

  /** Strings that follow each other are one. */
  #strings(kind: number): string {
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

  #problem(message: string): TextProblem {
    return new TextProblem(message, this.#peek().start)
  }
}

function isFloat(kind: number): boolean {
  return kind === kinds.double || kind === kinds.float
}

function infinity(negative: boolean, text: string): string {
  const word = text.toLowerCase()
  if (word === 'inf' || word === 'infinity') return negative ? '-Infinity' : 'Infinity'
  return word === 'nan' ? 'NaN' : text
}

function number(text: string): number | string {
  const value = Number(text.replace(/[fF]$/, ''))
  return Number.isNaN(value) ? text : value
}

function integer(text: string): bigint | string {
  if (/^0[xX][\da-fA-F]+$/.test(text) || /^(?:0|[1-9]\d*)$/.test(text)) return BigInt(text)
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text.slice(1)}`) : text
}

function negated(value: number | bigint | string): number | bigint | string {
  return typeof value === 'string' ? `-${value}` : -value
}
