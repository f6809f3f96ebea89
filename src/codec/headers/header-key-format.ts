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

/** Writes one name; `original` is its spelling in the received message, if that was kept. */
export type HeaderKeyFormatter = (name: string, original: string | undefined) => string

export function headerKeyFormatter(format: HeaderKeyFormat | undefined): HeaderKeyFormatter | undefined {
  if (format === undefined) return undefined
  if (format === 'proper-case') return properCase
  return format.ownNames === 'proper-case' ? originalOrProperCase : originalOrAsIs
}

/** Whether received names must be kept as they came. */
export function keepsNames(format: HeaderKeyFormat | undefined): boolean {
  return typeof format === 'object'
}

/** Upper case at the start and behind every byte that is neither letter nor digit, as Envoy does it. */
function properCase(name: string): string {
  return name.replace(/(?:^|[^a-z0-9])[a-z]/g, (match) => match.toUpperCase())
}

function originalOrProperCase(name: string, original: string | undefined): string {
  return original ?? properCase(name)
}

function originalOrAsIs(name: string, original: string | undefined): string {
  return original ?? name
}
