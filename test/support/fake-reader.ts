import type { AnyReader, FieldPath, Json, Message, Reader } from '../../src/api/config.ts'

/** What a parser said while it read. */
export interface ReaderFindings {
  readonly errors: string[]
  /** Paths of fields that were set and never asked for; complete once the parser has returned. */
  unread(): readonly string[]
}

/** Members of the oneofs that a test's messages have. */
export type Oneofs = Readonly<Record<string, readonly string[]>>

/**
 * A reader over plain JSON for tests of parsers, without a schema: it knows nothing of unknown fields and types.
 * Durations are texts like `0.25s`.
 */
export function fakeReader(json: Message, oneofs: Oneofs = {}): { reader: Reader; findings: ReaderFindings } {
  const log: Log = { errors: [], all: new Set(), read: new Set() }
  const reader = new FakeReader(json, [], oneofs, log)
  const unread = () => [...log.all].filter((path) => !log.read.has(path))
  return { reader, findings: { errors: log.errors, unread } }
}

interface Log {
  readonly errors: string[]
  readonly all: Set<string>
  readonly read: Set<string>
}

class FakeReader implements Reader {
  readonly type = 'fake'
  readonly regexLimits = undefined
  readonly path: FieldPath
  readonly json: Message
  readonly #oneofs: Oneofs
  readonly #log: Log

  constructor(json: Message, path: FieldPath, oneofs: Oneofs, log: Log) {
    this.json = json
    this.path = path
    this.#oneofs = oneofs
    this.#log = log
    for (const field of Object.keys(json)) log.all.add(this.#pathOf(field))
  }

  has(field: string): boolean {
    return this.json[field] !== undefined
  }

  string(field: string, fallback = ''): string {
    return this.optionalString(field) ?? fallback
  }

  optionalString(field: string): string | undefined {
    return this.#take(field) as string | undefined
  }

  number(field: string, fallback: number): number {
    return this.optionalNumber(field) ?? fallback
  }

  optionalNumber(field: string): number | undefined {
    const value = this.#take(field)
    return value === undefined ? undefined : Number(value)
  }

  bigint(field: string, fallback: bigint): bigint {
    const value = this.#take(field)
    return value === undefined ? fallback : BigInt(value as string | number)
  }

  bool(field: string, fallback: boolean): boolean {
    return this.optionalBool(field) ?? fallback
  }

  optionalBool(field: string): boolean | undefined {
    return this.#take(field) as boolean | undefined
  }

  durationMs(field: string, fallback: number): number {
    return this.optionalDurationMs(field) ?? fallback
  }

  optionalDurationMs(field: string): number | undefined {
    const value = this.#take(field)
    return value === undefined ? undefined : Number.parseFloat(String(value)) * 1000
  }

  enumeration<T extends string>(field: string, fallback: T): T {
    return (this.#take(field) as T | undefined) ?? fallback
  }

  bytes(field: string): Uint8Array | undefined {
    const value = this.#take(field)
    return value === undefined ? undefined : Buffer.from(String(value), 'base64')
  }

  strings(field: string): readonly string[] {
    return (this.#take(field) as readonly string[] | undefined) ?? []
  }

  numbers(field: string): readonly number[] {
    return (this.#take(field) as readonly number[] | undefined) ?? []
  }

  enumerations<T extends string>(field: string): readonly T[] {
    return (this.#take(field) as readonly T[] | undefined) ?? []
  }

  stringMap(field: string): Readonly<Record<string, string>> {
    return (this.#take(field) as Readonly<Record<string, string>> | undefined) ?? {}
  }

  message<T>(field: string, parse: (reader: Reader) => T): T | undefined {
    const value = this.#take(field)
    return value === undefined ? undefined : parse(this.#inner(value, [field]))
  }

  messages<T>(field: string, parse: (reader: Reader, index: number) => T): T[] {
    const list = (this.#take(field) as readonly Json[] | undefined) ?? []
    return list.map((item, index) => parse(this.#inner(item, [field, index]), index))
  }

  map<T>(field: string, parse: (reader: Reader, key: string) => T): Map<string, T> {
    const entries = Object.entries((this.#take(field) as Message | undefined) ?? {})
    return new Map(entries.map(([key, item]) => [key, parse(this.#inner(item, [field, { key }]), key)]))
  }

  oneof(name: string): string | undefined {
    const members = this.#oneofs[name]
    if (members === undefined) throw new Error(`the test does not say what is in oneof ${name}`)
    return members.find((field) => this.has(field))
  }

  any(field: string): AnyReader | undefined {
    const value = this.#take(field) as { readonly '@type': string } & Message
    if (value === undefined) return undefined
    const { '@type': typeUrl, ...inner } = value
    return {
      typeUrl,
      typeName: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
      reader: this.#inner(inner, [field, { any: true }]),
    }
  }

  struct(field: string): Readonly<Record<string, Json>> | undefined {
    return this.#take(field) as Readonly<Record<string, Json>> | undefined
  }

  raw(field: string): Json | undefined {
    return this.#take(field)
  }

  ignore(field: string): void {
    this.#take(field)
  }

  keep(): Message {
    for (const field of Object.keys(this.json)) this.#take(field)
    return this.json
  }

  error(_field: string | undefined, _id: string, message: string): void {
    this.#log.errors.push(message)
  }

  warn(): void {}

  unsupported(field: string | undefined, what: string): void {
    this.#log.errors.push(`${this.#pathOf(field ?? '')}: ${what} is not supported`)
  }

  #take(field: string): Json | undefined {
    this.#log.read.add(this.#pathOf(field))
    return this.json[field]
  }

  #inner(value: Json, steps: FieldPath): FakeReader {
    return new FakeReader(value as Message, [...this.path, ...steps], this.#oneofs, this.#log)
  }

  #pathOf(field: string): string {
    return [...this.path, field].map((step) => (typeof step === 'object' ? Object.values(step)[0] : step)).join('.')
  }
}
