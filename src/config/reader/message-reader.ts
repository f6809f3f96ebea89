/*
 * The getters of a Reader, over a canonical message. Subclasses say what asking for a field and reporting mean.
 */
import type { AnyReader, FieldPath, Json, Message, PathSegment, Reader, RegexLimits } from '../../api/config.ts'
import type { Schema } from '../schema/schema.ts'
import { cardinalities } from '../schema/schema-types.ts'
import * as values from './read-values.ts'

/** So many nanoseconds do not fit into 64 bits with their sign. */
const TOO_LONG_MS = 9_223_372_036_000

export abstract class MessageReader implements Reader {
  abstract readonly type: string
  abstract readonly path: FieldPath
  abstract readonly regexLimits: RegexLimits | undefined
  readonly json: Message
  protected readonly schema: Schema

  constructor(schema: Schema, json: Message) {
    this.schema = schema
    this.json = json
  }

  /** The field's value; counts as reading it. */
  protected abstract take(field: string): Json | undefined
  /** A reader for a message below; `type` undefined: look it up in the schema, or in the Any. */
  protected abstract child(field: string, segments: readonly PathSegment[], json: Message): Reader
  abstract has(field: string): boolean
  abstract ignore(field: string, reason: string): void
  abstract keep(): Message
  abstract error(field: string | undefined, id: string, message: string, hint?: string): void
  abstract warn(field: string | undefined, id: string, message: string, hint?: string): void
  abstract unsupported(field: string | undefined, what: string): void

  string(field: string, fallback = ''): string {
    return values.textOf(this.take(field)) ?? fallback
  }

  optionalString(field: string): string | undefined {
    return values.textOf(this.take(field))
  }

  number(field: string, fallback: number): number {
    return values.numberOf(this.take(field)) ?? fallback
  }

  optionalNumber(field: string): number | undefined {
    return values.numberOf(this.take(field))
  }

  bigint(field: string, fallback: bigint): bigint {
    return values.bigintOf(this.take(field)) ?? fallback
  }

  bool(field: string, fallback: boolean): boolean {
    return values.boolOf(this.take(field)) ?? fallback
  }

  optionalBool(field: string): boolean | undefined {
    return values.boolOf(this.take(field))
  }

  durationMs(field: string, fallback: number): number {
    return this.optionalDurationMs(field) ?? fallback
  }

  optionalDurationMs(field: string): number | undefined {
    const ms = values.durationOf(this.take(field))
    if (ms === undefined || (ms >= 0 && ms < TOO_LONG_MS)) return ms
    const what = ms < 0 ? 'Expected positive duration' : 'Duration out-of-range'
    this.error(field, 'NU108', `${what}: ${field} is ${ms / 1000}s`)
    return 0
  }

  enumeration<T extends string>(field: string, fallback: T): T {
    // The caller names the enum's values as T; the decoder lets no other name through (numbers fail validation).
    return (values.textOf(this.take(field)) as T | undefined) ?? fallback
  }

  bytes(field: string): Uint8Array | undefined {
    return values.bytesOf(this.take(field))
  }

  strings(field: string): readonly string[] {
    return values.listOf(this.take(field)) as readonly string[]
  }

  numbers(field: string): readonly number[] {
    return values.listOf(this.take(field)).map(Number)
  }

  enumerations<T extends string>(field: string): readonly T[] {
    return values.listOf(this.take(field)) as readonly T[]
  }

  stringMap(field: string): Readonly<Record<string, string>> {
    return (values.messageOf(this.take(field)) ?? {}) as Readonly<Record<string, string>>
  }

  message<T>(field: string, parse: (reader: Reader) => T): T | undefined {
    const json = values.messageOf(this.take(field))
    return json === undefined ? undefined : parse(this.child(field, [field], json))
  }

  messages<T>(
    field: string,
    parse: (reader: Reader, index: number) => T,
    known?: (message: Message) => T | undefined,
  ): T[] {
    const value = this.take(field)
    // Most lists are absent ones, so what follows stays out of their way.
    return value === undefined ? [] : this.#each(field, values.listOf(value), parse, known)
  }

  #each<T>(
    field: string,
    list: readonly Json[],
    parse: (reader: Reader, index: number) => T,
    known: ((message: Message) => T | undefined) | undefined,
  ): T[] {
    const out: T[] = []
    for (let index = 0; index < list.length; index++) {
      const message = values.messageOf(list[index]) ?? {}
      out.push(known?.(message) ?? parse(this.child(field, [field, index], message), index))
    }
    return out
  }

  map<T>(field: string, parse: (reader: Reader, key: string) => T): Map<string, T> {
    const out = new Map<string, T>()
    const entries = values.messageOf(this.take(field))
    if (entries === undefined) return out
    for (const [key, json] of Object.entries(entries)) {
      out.set(key, parse(this.child(field, [field, { key }], values.messageOf(json) ?? {}), key))
    }
    return out
  }

  oneof(name: string): string | undefined {
    const { oneofs } = this.schema.requireMessage(this.type)
    for (let i = 0; i < oneofs.length; i++) {
      if (oneofs[i]!.name === name) return this.#firstSet(oneofs[i]!.fields)
    }
    throw new Error(`${this.type} has no oneof ${name}`)
  }

  #firstSet(fields: readonly string[]): string | undefined {
    for (let i = 0; i < fields.length; i++) if (this.json[fields[i]!] !== undefined) return fields[i]
    return undefined
  }

  any(field: string): AnyReader | undefined {
    const json = values.messageOf(this.take(field))
    const typeUrl = json === undefined ? undefined : values.typeUrlOf(json)
    if (json === undefined || typeUrl === undefined) return undefined
    return { typeUrl, typeName: values.typeNameOfUrl(typeUrl), reader: this.child(field, [field], json) }
  }

  struct(field: string): Readonly<Record<string, Json>> | undefined {
    return values.messageOf(this.take(field))
  }

  raw(field: string): Json | undefined {
    return this.take(field)
  }

  /** The message type of what `field` holds; for an Any the type inside it. */
  protected childType(field: string, json: Message): string {
    const type = this.schema.requireMessage(this.type).byName.get(field)
    const inside = type?.typeName === 'google.protobuf.Any' ? values.typeUrlOf(json) : undefined
    if (inside !== undefined) return values.typeNameOfUrl(inside)
    if (type !== undefined && type.typeName !== '') return type.typeName
    throw new Error(`${this.type}.${field} holds no message${type?.cardinality === cardinalities.map ? 's' : ''}`)
  }
}
