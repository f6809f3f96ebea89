/*
 * The API schema as the pipeline walks it: one entry a message or enum, made from a line of schema/envoy.txt when it
 * is first asked for.
 */

/** FieldDescriptorProto.Type by number; the numbers are those of the protobuf language. */
export const kinds = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  group: 10,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
} as const

export const cardinalities = { implicit: 0, explicit: 1, repeated: 2, map: 3 } as const

/** Rules of protoc-gen-validate, nested as in its FieldRules; durations in seconds. */
export type Rules = { readonly [name: string]: unknown }

export interface FieldType {
  readonly name: string
  readonly jsonName: string
  readonly number: number
  readonly kind: number
  readonly cardinality: number
  /** Message or enum; of a map the value's. Empty for scalars. */
  readonly typeName: string
  /** Only of maps. */
  readonly mapKey: number
  /** Only of maps. */
  readonly mapValue: number
  /** Index in `MessageType.oneofs`, -1 outside. */
  readonly oneof: number
  /** 1 deprecated, 2 deprecated and refused by default. */
  readonly deprecated: 0 | 1 | 2
  readonly workInProgress: boolean
  readonly sensitive: boolean
  readonly rules: Rules | undefined
}

export interface OneofType {
  readonly name: string
  readonly required: boolean
  /** Names of its fields, in the order of their numbers. */
  readonly fields: readonly string[]
}

export interface MessageType {
  readonly name: string
  /** Path of the proto file. */
  readonly file: string
  readonly workInProgress: boolean
  readonly oneofs: readonly OneofType[]
  /** In the order of their numbers. */
  readonly fields: readonly FieldType[]
  /** By proto name and by JSON name. */
  readonly byName: ReadonlyMap<string, FieldType>
  readonly byNumber: ReadonlyMap<number, FieldType>
}

export interface EnumValue {
  readonly name: string
  readonly number: number
  readonly deprecated: 0 | 1 | 2
}

export interface EnumType {
  readonly name: string
  readonly file: string
  readonly values: readonly EnumValue[]
  readonly byName: ReadonlyMap<string, EnumValue>
  /** The first name of a number wins, as in protobuf. */
  readonly byNumber: ReadonlyMap<number, EnumValue>
  /** Upper case, for Envoy reads enum names without regard to case. */
  readonly byUpperName: ReadonlyMap<string, EnumValue>
}
