/** A ClientHello in the form of SSL 2 (RFC 5246 appendix E.2), which very old clients begin with. */
import { ByteCursor } from './byte-cursor.ts'
import type { FirstMessage } from './first-message.ts'

const LENGTH_SIZE = 2
const MAX_LENGTH = 4096
/** Type and version. */
const MIN_LENGTH = 3

/** `bytes` are five at least and look like one. */
export function readV2ClientHello(bytes: Uint8Array): FirstMessage {
  const length = ((bytes[0]! & 0x7f) << 8) | bytes[1]!
  const consumed = LENGTH_SIZE + length
  if (length > MAX_LENGTH) return { kind: 'failed', failure: 'RECORD_TOO_LARGE', consumed: 5 }
  if (length < MIN_LENGTH) return { kind: 'failed', failure: 'RECORD_LENGTH_MISMATCH', consumed: 5 }
  if (bytes.length < consumed) return { kind: 'more' }
  const cursor = new ByteCursor(bytes.subarray(LENGTH_SIZE + 1, consumed))
  const version = cursor.u16()
  const specsLength = cursor.u16() ?? 0
  const sessionIdLength = cursor.u16() ?? 0
  const challengeLength = cursor.u16()
  const specs = cursor.take(specsLength)
  const rest = cursor.take(sessionIdLength + (challengeLength ?? 0))
  if (
    version === undefined ||
    challengeLength === undefined ||
    specs === undefined ||
    rest === undefined ||
    cursor.left > 0
  ) {
    return { kind: 'failed', failure: 'DECODE_ERROR', consumed }
  }
  return { kind: 'hello', hello: { version, cipherSuites: suitesOf(specs), extensions: [] }, consumed }
}

/** Three bytes each; those of SSL 2 itself do not begin with zero. */
function suitesOf(specs: Uint8Array): number[] {
  const suites: number[] = []
  const cursor = new ByteCursor(specs)
  while (cursor.left >= 3) {
    const spec = cursor.u24()!
    if (spec <= 0xffff) suites.push(spec)
  }
  return suites
}
