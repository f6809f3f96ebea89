/**
 * The first handshake message of a TLS client, put together from records (RFC 8446 §5.1), from all bytes that have come so
 * far. Which bytes are in order, and what the others are called, is as in BoringSSL.
 */
import { ByteCursor } from './byte-cursor.ts'
import { readClientHello } from './client-hello.ts'
import type { FirstMessage } from './first-message.ts'
import type { TlsFailure } from './tls-failure.ts'
import { readV2ClientHello } from './v2-client-hello.ts'

const HEADER = 5
const MAX_CIPHERTEXT = 16_384 + 256 + 64
const MAX_PLAINTEXT = 16_384
const MAX_MESSAGE = 16_384
const MAX_EMPTY_RECORDS = 32
const MAX_WARNINGS = 4

const ALERT = 21
const HANDSHAKE = 22
const CLIENT_HELLO = 1
const WARNING = 1
const FATAL = 2
const CLOSE_NOTIFY = 0

const MORE = { kind: 'more' } as const

export function readFirstMessage(bytes: Uint8Array): FirstMessage {
  if (bytes.length < HEADER) return MORE
  const foreign = foreignProtocol(bytes)
  if (foreign !== undefined) return failed(foreign, HEADER)
  // The top bit, then a ClientHello of SSL 2 that offers version 3 or later.
  if (bytes[0]! >= 0x80 && bytes[2] === CLIENT_HELLO && bytes[3] === 3) return readV2ClientHello(bytes)
  return new RecordReader(bytes).read()
}

function failed(failure: TlsFailure, consumed: number): FirstMessage {
  return { kind: 'failed', failure, consumed }
}

/** Frequent mistakes have names of their own. */
function foreignProtocol(bytes: Uint8Array): TlsFailure | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER).toString('latin1')
  if (/^(?:GET |POST |HEAD |PUT )/.test(start)) return 'HTTP_REQUEST'
  return start === 'CONNE' ? 'HTTPS_PROXY_REQUEST' : undefined
}

class RecordReader {
  readonly #bytes: Uint8Array
  #at = 0
  /** Of the message. */
  #parts: Uint8Array[] = []
  #emptyRecords = 0
  #warnings = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  read(): FirstMessage {
    for (;;) {
      const problem = this.#readRecord()
      if (problem !== undefined) return problem
      const message = this.#readMessage()
      if (message !== undefined) return message
    }
  }

  /** Undefined: there was one. */
  #readRecord(): FirstMessage | undefined {
    const cursor = new ByteCursor(this.#bytes.subarray(this.#at))
    if (cursor.left < HEADER) return MORE
    const type = cursor.u8()!
    const version = cursor.u16()!
    const size = cursor.u16()!
    const headerEnd = this.#at + HEADER
    if (version >>> 8 !== 3) return failed('WRONG_VERSION_NUMBER', headerEnd)
    if (size > MAX_CIPHERTEXT) return failed('ENCRYPTED_LENGTH_TOO_LONG', headerEnd)
    const content = cursor.take(size)
    if (content === undefined) return MORE
    this.#at = headerEnd + size
    if (size > MAX_PLAINTEXT) return failed('DATA_LENGTH_TOO_LONG', this.#at)
    if (size === 0)
      return ++this.#emptyRecords > MAX_EMPTY_RECORDS ? this.#failed('TOO_MANY_EMPTY_FRAGMENTS') : undefined
    this.#emptyRecords = 0
    if (type === ALERT) return this.#readAlert(content)
    if (type !== HANDSHAKE) return this.#failed('UNEXPECTED_RECORD')
    this.#parts.push(content)
    return undefined
  }

  #readAlert(content: Uint8Array): FirstMessage | undefined {
    const [level, description] = content
    if (content.length !== 2 || description === undefined) return this.#failed('BAD_ALERT')
    if (level === FATAL) return this.#failed(description)
    if (level !== WARNING) return this.#failed('UNKNOWN_ALERT_TYPE')
    if (description === CLOSE_NOTIFY) return { kind: 'closed', consumed: this.#at }
    return ++this.#warnings > MAX_WARNINGS ? this.#failed('TOO_MANY_WARNING_ALERTS') : undefined
  }

  /** Undefined: it is not whole yet. */
  #readMessage(): FirstMessage | undefined {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    if (this.#parts.length > 1) this.#parts = [bytes]
    const cursor = new ByteCursor(bytes)
    const type = cursor.u8()
    const size = cursor.u24()
    if (type === undefined || size === undefined) return undefined
    if (size > MAX_MESSAGE) return this.#failed('EXCESSIVE_MESSAGE_SIZE')
    const body = cursor.take(size)
    if (body === undefined) return undefined
    if (type !== CLIENT_HELLO) return this.#failed('UNEXPECTED_MESSAGE')
    if (cursor.left > 0) return this.#failed('EXCESS_HANDSHAKE_DATA')
    const hello = readClientHello(body)
    return hello === undefined ? this.#failed('CLIENTHELLO_PARSE_FAILED') : { kind: 'hello', hello, consumed: this.#at }
  }

  #failed(failure: TlsFailure): FirstMessage {
    return failed(failure, this.#at)
  }
}
