/**
 * The CDN-Loop header (RFC 8586): a list of cdn-ids with parameters,
 * `cdn-info = cdn-id *( OWS ";" OWS token "=" ( token / quoted-string ) )`. Empty elements of the list are skipped.
 */

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
/** A host that might be an IPv6 literal, or a token; then a port, which may be empty. */
const CDN_ID = `(?:\\[[0-9A-Fa-f:.]*\\]|${TOKEN})(?::[0-9]*)?`
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"'
const OWS = '[ \\t]*'

const ELEMENT = new RegExp(`(${CDN_ID})${OWS}(?:;${OWS}${TOKEN}=(?:${TOKEN}|${QUOTED})${OWS})*`, 'y')
const SEPARATORS = new RegExp(`${OWS}(?:,${OWS})*`, 'y')
const WHOLE_ID = new RegExp(`^${CDN_ID}$`)

export function isCdnId(text: string): boolean {
  return WHOLE_ID.test(text)
}

/** How often the header names `cdnId`; undefined when it is malformed. Linear in its length. */
export function countCdnId(header: string, cdnId: string): number | undefined {
  let count = 0
  let at = matchEnd(SEPARATORS, header, 0)
  while (at < header.length) {
    ELEMENT.lastIndex = at
    const match = ELEMENT.exec(header)
    if (match === null) return undefined
    if (match[1] === cdnId) count++
    at = ELEMENT.lastIndex
    if (at < header.length && header[at] !== ',') return undefined
    at = matchEnd(SEPARATORS, header, at)
  }
  return count
}

/** The pattern matches everywhere, be it nothing. */
function matchEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from
  pattern.test(text)
  return pattern.lastIndex
}
