/** Spelling of header names towards an HTTP/1 peer (header_key_format of Http1ProtocolOptions). */

/** As configured; undefined everywhere means lower case. */
export type HeaderKeyFormat = 'proper-case' | PreserveCase

/** envoy.http.stateful_header_formatters.preserve_case. */
export interface PreserveCase {
  readonly kind: 'preserve-case'
  /** Pass the upstream's reason phrase on. */
  readonly forwardReasonPhrase: boolean
  /** For names that did not come with the message. */
  readonly ownNames: 'default' | 'proper-case'
}

/** Writes one name. */
export type HeaderKeyFormatter = (name: string) => string

/** For messages that have no names of their own, see `ReceivedNames`. */
export function headerKeyFormatter(format: HeaderKeyFormat | undefined): HeaderKeyFormatter | undefined {
  return format === 'proper-case' ? properCase : undefined
}

/** Whether received names must be kept as they came. */
export function keepsNames(format: HeaderKeyFormat | undefined): format is PreserveCase {
  return typeof format === 'object'
}

/**
 * The names of a received head as its peer wrote them. Whoever received it decides how it is written on, also what was
 * added on the way; the formatter of the peer that it goes to has no say.
 */
export class ReceivedNames {
  readonly #names: ReadonlyMap<string, string>
  readonly #proper: boolean

  /** `names` are those that came, by lower-case name. */
  constructor(names: ReadonlyMap<string, string>, { ownNames }: PreserveCase) {
    this.#names = names
    this.#proper = ownNames === 'proper-case'
  }

  write(name: string): string {
    return this.#names.get(name) ?? (this.#proper ? properCase(name) : name)
  }
}

/** `names` of the message itself have precedence over the format of the peer that it goes to. */
export function writtenName(
  name: string,
  names: ReceivedNames | undefined,
  format: HeaderKeyFormatter | undefined,
): string {
  return names?.write(name) ?? format?.(name) ?? name
}

/** Upper case at the start and behind every byte that is neither letter nor digit, as Envoy does it. */
function properCase(name: string): string {
  return name.replace(/(?:^|[^a-z0-9])[a-z]/g, (match) => match.toUpperCase())
}
