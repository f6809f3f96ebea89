/*
 * Configuration, as everybody after the `config` room sees it.
 *
 * A *message* is canonical proto3 JSON with the original (snake_case) field names: Duration "0.250s", 64-bit integers
 * as strings, enum values by name, bytes in base64, wrappers unwrapped, Any as {"@type": …, …fields}, fields in the
 * order of their numbers, implicit-presence fields left out at their default. It is what /config_dump prints, what
 * crosses to the workers (as one JSON text) and what update hashes are taken of.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A decoded and checked proto message. Never changed after decoding. */
export type Message = { readonly [field: string]: Json }

/** Field name, index in a repeated field, key of a map, or the step from an Any to what it holds. */
export type PathSegment = string | number | { readonly key: string } | { readonly any: true }
export type FieldPath = readonly PathSegment[]

/** Lines and columns count from 1. */
export interface ConfigPlace {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Columns to underline; 1 when unknown. */
  readonly length: number
}

export interface ConfigError {
  /** `NU101`; the catalogue explains it. NU1xx a single field, NU2xx the meaning of the whole, NU3xx files and flags. */
  readonly id: string
  readonly severity: 'error' | 'warning'
  /** One line; holds every name that Envoy's own text would hold. */
  readonly message: string
  /** As Envoy prints it: `static_resources.clusters[0].name`; empty for the whole file. */
  readonly path: string
  /** Absent when the message did not come from a text (binary proto, xDS over gRPC). */
  readonly place?: ConfigPlace
  readonly expected?: string
  readonly found?: string
  /** Complete sentence or phrase: `did you mean "address"?` */
  readonly hint?: string
  /** Another place that explains this one, such as the first of two duplicates. */
  readonly related?: { readonly label: string; readonly place: ConfigPlace }
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly ConfigError[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[]; readonly warnings: readonly ConfigError[] }

/** What an Any holds. */
export interface AnyReader {
  readonly typeUrl: string
  /** Full proto name, without the `type.googleapis.com/` before it. */
  readonly typeName: string
  /** Reads the inner message. Well-known types have one field, `value`. */
  readonly reader: Reader
}

/** How large RE2's program of a pattern may be (`re2.max_program_size.*` of the runtime). */
export interface RegexLimits {
  /** Beyond it the pattern is refused. */
  readonly errorLevel: number
  /** Beyond it there is a warning. */
  readonly warnLevel: number
}

/**
 * One message of a checked configuration, read by field name. Two implementations: on the main thread one that
 * remembers which fields were asked for (what is set and was never asked becomes the error "not supported"), on
 * workers one that trusts. A parse function cannot tell them apart, never throws because of input, and reports what
 * is wrong through `error`, returning a usable dummy.
 *
 * All getters: `field` is the proto's own name (snake_case); a name that the message does not have is a bug and
 * throws (main thread only). A wrapper (`UInt32Value` …) is read like the scalar in it. Nothing is called later than
 * the parse function that got the reader, except that readers may be kept until the root parse returns.
 */
export interface Reader {
  /** Full proto name of the message. */
  readonly type: string
  /** From the root that is being parsed. */
  readonly path: FieldPath
  /** The message itself; reading from it marks nothing. For caches keyed by identity and for hashing. */
  readonly json: Message
  /** What patterns have to keep to. Undefined: everything here was proven before. */
  readonly regexLimits: RegexLimits | undefined

  /** Set explicitly (or, without presence, not at its default). Does not count as reading. */
  has(field: string): boolean
  string(field: string, fallback?: string): string
  optionalString(field: string): string | undefined
  /** Every integer and floating type; 64-bit integers lose precision above 2^53. */
  number(field: string, fallback: number): number
  optionalNumber(field: string): number | undefined
  /** 64-bit fields whose whole range matters. */
  bigint(field: string, fallback: bigint): bigint
  bool(field: string, fallback: boolean): boolean
  optionalBool(field: string): boolean | undefined
  /** google.protobuf.Duration in milliseconds, with fractions. */
  durationMs(field: string, fallback: number): number
  optionalDurationMs(field: string): number | undefined
  /** The value's name. `fallback` is what an absent field means. */
  enumeration<T extends string>(field: string, fallback: T): T
  bytes(field: string): Uint8Array | undefined
  strings(field: string): readonly string[]
  numbers(field: string): readonly number[]
  enumerations<T extends string>(field: string): readonly T[]
  /** map<string, string>; an empty object when absent. */
  stringMap(field: string): Readonly<Record<string, string>>

  /** Calls `parse` at once with a reader for the submessage; undefined when absent. */
  message<T>(field: string, parse: (reader: Reader) => T): T | undefined
  /**
   * Repeated messages (also repeated Any: the readers are those of the inner messages, see `type`). `known`: what the very
   * same message was read as before, without a finding; it is not read again.
   */
  messages<T>(
    field: string,
    parse: (reader: Reader, index: number) => T,
    known?: (message: Message) => T | undefined,
  ): T[]
  /** map<string, message>; a map of Any gives readers of the inner messages. */
  map<T>(field: string, parse: (reader: Reader, key: string) => T): Map<string, T>
  /** The name of the field that is set in this oneof. Does not count as reading that field. */
  oneof(name: string): string | undefined
  /** An Any. Undefined when absent or empty. The type is known to Envoy; whether Nuncio has it the caller finds out. */
  any(field: string): AnyReader | undefined
  /** google.protobuf.Struct as plain JSON. */
  struct(field: string): Readonly<Record<string, Json>> | undefined
  /** The field as it is; everything below counts as read. For metadata, google.protobuf.Value, config dumps. */
  raw(field: string): Json | undefined

  /** Declares that this field changes nothing observable here; `reason` goes to the documentation. */
  ignore(field: string, reason: string): void
  /** Marks the whole message as read, for what is kept but parsed later or elsewhere. */
  keep(): Message

  /** Reports a finding at the field (undefined: at this message). Parsing goes on, the root result fails. */
  error(field: string | undefined, id: string, message: string, hint?: string): void
  warn(field: string | undefined, id: string, message: string, hint?: string): void
  /** Reports "<what> is not supported by Nuncio yet" at the field: for enum values or combinations. */
  unsupported(field: string | undefined, what: string): void
}

/** Finds the text that a field came from. */
export interface SourceMap {
  /** Undefined when there is no text behind it. `of` says which part of `key: value` is meant. */
  locate(path: FieldPath, of?: 'key' | 'value'): ConfigPlace | undefined
  /** The lines of a file, for excerpts. */
  lines(file: string): readonly string[] | undefined
}

/** What `Config::Utility`-like callers say about fields that the schema does not know. */
export type UnknownFields = 'error' | 'warn' | 'ignore'

export interface LoadedConfig {
  readonly ok: boolean
  /** Usable only if `ok`. */
  readonly message: Message
  readonly errors: readonly ConfigError[]
  readonly warnings: readonly ConfigError[]
  readonly sourceMap: SourceMap
  /** How many of the texts have unknown fields that were let through (`server.static_unknown_fields`). */
  readonly unknownFields: number
  /** Uses of deprecated fields (`runtime.deprecated_feature_use`). */
  readonly deprecatedUses: number
  /** Uses of work-in-progress fields and messages (`server.wip_protos`). */
  readonly workInProgressUses: number
}
