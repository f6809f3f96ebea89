/** What a Redis server answers with, as far as somebody looks at it: of arrays, maps and the like only that they are there. */
export interface RespValue {
  readonly type: RespType
  /** Of strings and errors, a character a byte; of long ones the first `KEPT_BYTES`. '' for others. */
  readonly text: string
  /** Of integers, 0 for others. */
  readonly integer: bigint
}

export type RespType =
  | 'simple-string'
  | 'error'
  | 'integer'
  | 'bulk-string'
  | 'array'
  | 'null'
  | 'boolean'
  | 'double'
  | 'big-number'
  | 'blob-error'
  | 'verbatim-string'
  | 'map'
  | 'set'
  | 'push'

/** By the byte that a value begins with. `|` is no value: an attribute, which belongs to the value after it. */
export const RESP_TYPES: Readonly<Record<string, RespType>> = {
  '*': 'array',
  $: 'bulk-string',
  '-': 'error',
  '+': 'simple-string',
  ':': 'integer',
  _: 'null',
  '#': 'boolean',
  ',': 'double',
  '(': 'big-number',
  '!': 'blob-error',
  '=': 'verbatim-string',
  '%': 'map',
  '~': 'set',
  '>': 'push',
  '|': 'map',
}

/** Envoy's limits of one message (source/extensions/filters/network/common/redis, 1.40). */
export const RESP_LIMITS = {
  elements: 2_000_000n,
  totalElements: 4 * 1024 * 1024,
  nesting: 128,
  bulkBytes: 512n * 1024n * 1024n,
  doubleBytes: 64,
  bigNumberBytes: 16 * 1024,
  attributes: 32,
} as const

/** Of a text, what is kept: more than anybody compares. */
export const KEPT_BYTES = 16 * 1024
