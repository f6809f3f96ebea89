import type { TlvRule } from './config.ts'

/** The value of an extension as metadata has it, Unicode text: what is not UTF-8 becomes one `!` a byte. */
export function tlvText(value: Uint8Array, encoding: TlvRule['encoding']): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  if (encoding === 'BASE64') return bytes.toString('base64')
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') ? sanitized(bytes) : text
}

function sanitized(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at)
    text += length === 0 ? '!' : bytes.toString('utf8', at, at + length)
    at += Math.max(length, 1)
  }
  return text
}

/** Of the character at `at`; 0 when there is none (RFC 3629 §4). */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0
  for (let i = 1; i < length; i++) if (bytes[at + i]! >>> 6 !== 2) return 0
  const second = bytes[at + 1]!
  // No longer than needed, no surrogates, nothing above U+10FFFF.
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f) ? 0 : length
}
