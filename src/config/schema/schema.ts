/*
 * Lazy access to schema/envoy.txt (its format is described in tools/schema/main.go). Opening costs under a millisecond
 * for the index; an entry is parsed when it is first used. The caches are memos: a Schema never changes to the outside.
 */
import type { EnumType, EnumValue, FieldType, MessageType, OneofType, Rules } from './schema-types.ts'
import { cardinalities } from './schema-types.ts'

type FieldRow = readonly [string, number, number, number, string, FieldExtras?]
interface FieldExtras {
  readonly o?: number
  readonly d?: 1 | 2
  readonly w?: 1
  readonly s?: 1
  readonly j?: string
  readonly v?: Rules
}
type MessageRow = readonly ['m', number, number, readonly string[], readonly FieldRow[]]
type EnumRow = readonly ['e', number, number, readonly (readonly [string, number, number])[]]

export class Schema {
  readonly #text: string
  readonly #files: readonly string[]
  readonly #offsets = new Map<string, number>()
  readonly #messages = new Map<string, MessageType>()
  readonly #enums = new Map<string, EnumType>()

  constructor(text: string) {
    this.#text = text
    const head = text.indexOf('\n')
    const body = text.indexOf('\n', head + 1)
    this.#files = (JSON.parse(text.slice(0, head)) as { files: string[] }).files
    let offset = body + 1
    for (const entry of text.slice(head + 1, body).split(' ')) {
      const colon = entry.lastIndexOf(':')
      this.#offsets.set(entry.slice(0, colon), offset)
      offset += Number(entry.slice(colon + 1)) + 1
    }
  }

  /** Every message and enum name. */
  names(): Iterable<string> {
    return this.#offsets.keys()
  }

  has(name: string): boolean {
    return this.#offsets.has(name)
  }

  message(name: string): MessageType | undefined {
    const known = this.#messages.get(name)
    if (known !== undefined) return known
    const row = this.#row(name)
    if (row?.[0] !== 'm') return undefined
    const made = messageType(name, row, this.#files)
    this.#messages.set(name, made)
    return made
  }

  enumeration(name: string): EnumType | undefined {
    const known = this.#enums.get(name)
    if (known !== undefined) return known
    const row = this.#row(name)
    if (row?.[0] !== 'e') return undefined
    const made = enumType(name, row, this.#files)
    this.#enums.set(name, made)
    return made
  }

  /** For names that come from the schema itself, so that absence is a bug in the table. */
  requireMessage(name: string): MessageType {
    const type = this.message(name)
    if (type === undefined) throw new Error(`no message ${name} in the API schema`)
    return type
  }

  requireEnum(name: string): EnumType {
    const type = this.enumeration(name)
    if (type === undefined) throw new Error(`no enum ${name} in the API schema`)
    return type
  }

  #row(name: string): MessageRow | EnumRow | undefined {
    const offset = this.#offsets.get(name)
    if (offset === undefined) return undefined
    return JSON.parse(this.#text.slice(offset, this.#text.indexOf('\n', offset))) as MessageRow | EnumRow
  }
}

function messageType(name: string, row: MessageRow, files: readonly string[]): MessageType {
  const fields = row[4].map(fieldType)
  const byName = new Map<string, FieldType>()
  const byNumber = new Map<number, FieldType>()
  for (const field of fields) {
    byName.set(field.jsonName, field)
    byNumber.set(field.number, field)
  }
  for (const field of fields) byName.set(field.name, field)
  return {
    name,
    file: files[row[1]] ?? '',
    workInProgress: (row[2] & 1) !== 0,
    oneofs: row[3].map((text, index) => oneofType(text, index, fields)),
    fields,
    byName,
    byNumber,
  }
}

function oneofType(text: string, index: number, all: readonly FieldType[]): OneofType {
  const required = text.endsWith('!')
  const fields = all.filter(({ oneof }) => oneof === index).map(({ name }) => name)
  return { name: required ? text.slice(0, -1) : text, required, fields }
}

function fieldType(row: FieldRow): FieldType {
  const [name, number, kind, cardinality, reference] = row
  const extras = row[5] ?? {}
  const map = cardinality === cardinalities.map ? reference.split(':') : undefined
  return {
    name,
    jsonName: extras.j ?? camelCase(name),
    number,
    kind,
    cardinality,
    typeName: map === undefined ? reference : (map[2] ?? ''),
    mapKey: map === undefined ? 0 : kindNumber(map[0]),
    mapValue: map === undefined ? 0 : kindNumber(map[1]),
    oneof: extras.o ?? -1,
    deprecated: extras.d ?? 0,
    workInProgress: extras.w === 1,
    sensitive: extras.s === 1,
    rules: extras.v,
  }
}

function kindNumber(text: string | undefined): number {
  return Number(text)
}

function camelCase(name: string): string {
  return name.includes('_') ? name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase()) : name
}

function enumType(name: string, row: EnumRow, files: readonly string[]): EnumType {
  const values = row[3].map(([valueName, number, flags]): EnumValue => {
    return { name: valueName, number, deprecated: (flags & 2) !== 0 ? 2 : (flags & 1) !== 0 ? 1 : 0 }
  })
  const byNumber = new Map<number, EnumValue>()
  for (const value of values) if (!byNumber.has(value.number)) byNumber.set(value.number, value)
  return {
    name,
    file: files[row[1]] ?? '',
    values,
    byName: new Map(values.map((value) => [value.name, value])),
    byNumber,
    byUpperName: new Map(values.map((value) => [value.name.toUpperCase(), value])),
  }
}
