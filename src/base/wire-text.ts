/**
 * Header values travel as latin1 strings with one byte of the wire a code unit. Text that comes from a
 * configuration is Unicode; this is its UTF-8 bytes in that form (the same string when it is ASCII).
 */
export function toWireText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return encoded(text)
  }
  return text
}

/** The Unicode text of bytes in that form. A byte that is no UTF-8 is a lone surrogate, so that the way back leads to it. */
export function fromWireText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return decoded(Buffer.from(text, 'latin1'))
  }
  return text
}

/** U+DC80 for 0x80. */
const SURROGATES = 0xdc00
const REPLACEMENT = '\ufffd'

function encoded(text: string): string {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8').toString('latin1')
  return text
    .split(/([\udc80-\udcff])/u)
    .map((part, i) => (i % 2 === 0 ? Buffer.from(part, 'utf8').toString('latin1') : byteOf(part)))
    .join('')
}

function byteOf(surrogate: string): string {
  return String.fromCharCode(surrogate.charCodeAt(0) - SURROGATES)
}

function decoded(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes(REPLACEMENT) ? withSurrogates(bytes) : text
}

/** Sequence by sequence. */
function withSurrogates(bytes: Buffer): string {
  let text = ''
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i]!
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    const part = bytes.subarray(i, i + length)
    const char = part.toString('utf8')
    const isWhole = part.length === length && Buffer.from(char, 'utf8').equals(part)
    text += isWhole ? char : String.fromCharCode(SURROGATES + first)
    i += isWhole ? length : 1
  }
  return text
}
