/**
 * Header fields in insertion order. Names are lower-case; values are latin1 strings in which every code
 * unit is one byte of the wire (UTF-8 text therefore appears as its bytes). Pseudo-headers are properties
 * of `RequestHeaders` / `ResponseHeaders` and never appear in `forEach` or `size`; `get(':path')` and its
 * like reach them too, so that configuration which names them works.
 *
 * Two implementations stand behind it (`codec/headers/`): a view on a received HTTP/1 head with an overlay
 * of changes, and plain entries.
 */
export interface HeaderMap {
  /** Number of fields (lines), pseudo-headers not counted. */
  readonly size: number
  /** Sum of name and value lengths, pseudo-headers included, as Envoy's HeaderMap::byteSize. */
  readonly byteSize: number
  /** The first value of `name` (lower case), or undefined. */
  get(name: string): string | undefined
  /** Every value of `name`, in order; empty when absent. */
  getAll(name: string): readonly string[]
  has(name: string): boolean
  /** False: the map has none of these names, which one look tells. True: it may have one. */
  mayHave(names: NameSet): boolean
  /** Replaces every line of `name` by one. */
  set(name: string, value: string): void
  /** Adds another line. */
  add(name: string, value: string): void
  /** Adds to the existing line with `,` between (RFC 9110 §5.3), or a new line when there is none. */
  append(name: string, value: string): void
  /** Removes every line of `name`; how many there were. */
  remove(name: string): number
  forEach(visit: (name: string, value: string) => void): void
  /**
   * Somebody put in a name or a value, made by configuration, that may break the head (a space in the name, a line feed).
   * A request is then looked over, and refused, where it would be sent.
   */
  doubtful: boolean
}

/** Names that are asked for together; made by `nameSet` of `codec/headers/`, meaningful to its maps only. */
export interface NameSet {
  readonly low: number
  readonly high: number
  readonly top: number
}

/** Request head. `authority` is the Host line of HTTP/1 and :authority of HTTP/2; '' is a present but empty one. */
export interface RequestHeaders extends HeaderMap {
  method: string
  /** Path with query, as received; '' for a CONNECT without path. */
  path: string
  authority: string | undefined
  scheme: string | undefined
  /** :protocol of an extended CONNECT. */
  protocol: string | undefined
}

export interface ResponseHeaders extends HeaderMap {
  status: number
}

/** Trailers are plain header maps. */
export type Trailers = HeaderMap
