/**
 * Sessions in the header that upstreams make sessions of their own with: responses carry `<host>;UV:<upstream's value>`, both
 * in base64, and requests that bring that back reach the upstream with its value alone.
 */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { SessionState, SessionStateFactory } from '../../../../api/stateful-session.ts'

const SEPARATOR = ';'
const ORIGINAL = 'UV:'
// oxlint-disable-next-line no-control-regex -- these are what it looks for
const CONTROL = /[\0\r\n]/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

export class EnvelopeSessions implements SessionStateFactory {
  readonly #name: string

  /** `name` in lower case. */
  constructor(name: string) {
    this.#name = name
  }

  create(headers: RequestHeaders): SessionState {
    const upstreamAddress = this.#open(headers)
    return { upstreamAddress, onUpdate: (host, response) => this.#wrap(upstreamAddress, host, response) }
  }

  /** What is no envelope stays as it is. */
  #open(headers: RequestHeaders): string | undefined {
    const [host = '', ...parts] = (headers.get(this.#name) ?? '').split(SEPARATOR)
    const wrapped = parts.find((part) => part.startsWith(ORIGINAL))
    if (host === '' || wrapped === undefined) return undefined
    const original = decode(wrapped.slice(ORIGINAL.length))
    // What could not be sent in a header never was in one.
    if (original === '' || CONTROL.test(original)) return undefined
    headers.set(this.#name, original)
    return decode(host) || undefined
  }

  /** Only where the upstream has a session to tell of. */
  #wrap(named: string | undefined, host: string, headers: ResponseHeaders): boolean {
    const original = headers.get(this.#name)
    if (original !== undefined) headers.set(this.#name, `${encode(host)}${SEPARATOR}${ORIGINAL}${encode(original)}`)
    return original !== undefined && host !== named
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}

/** '' for what is no base64. */
function decode(text: string): string {
  return text.length % 4 === 0 && BASE64.test(text) ? Buffer.from(text, 'base64').latin1Slice() : ''
}
