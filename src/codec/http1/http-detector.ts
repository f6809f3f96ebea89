/** Tells HTTP by its first bytes, from all of them that have come so far, each time that more of them did. */
import { readRequestLine } from './head/first-line.ts'
import { LOWER_TOKEN } from './byte-tables.ts'

/** As ALPN names them; everything with a request line that is not 1.1 is 1.0. */
export type DetectedHttp = 'http/1.0' | 'http/1.1' | 'h2c'

/** RFC 9113 §3.4. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')
const LF = 10
const CR = 13

export class HttpDetector {
  /** No line ends before. */
  #searched = 0

  /** `bytes`: one at least. 'none': it is no HTTP. */
  look(bytes: Uint8Array): DetectedHttp | 'none' | 'more' {
    if (beginsLikePreface(bytes)) return bytes.length < HTTP2_PREFACE.length ? 'more' : 'h2c'
    const first = bytes[0]!
    // The parser lets empty lines pass, Envoy's inspector does not.
    if (first === CR || first === LF || LOWER_TOKEN[first] === 0) return 'none'
    const end = bytes.indexOf(LF, this.#searched)
    this.#searched = bytes.length
    if (end < 0) return 'more'
    const line = readRequestLine(Buffer.from(bytes.buffer, bytes.byteOffset, end + 1), true)
    if (typeof line === 'string') return 'none'
    return line.version === 'HTTP/1.1' ? 'http/1.1' : 'http/1.0'
  }
}

function beginsLikePreface(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, HTTP2_PREFACE.length)
  for (let i = 0; i < length; i++) if (bytes[i] !== HTTP2_PREFACE[i]) return false
  return true
}
