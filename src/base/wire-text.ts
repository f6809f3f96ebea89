/**
 * Header values travel as latin1 strings with one byte of the wire a code unit. Text that comes from a
 * configuration is Unicode; this is its UTF-8 bytes in that form (the same string when it is ASCII).
 */
export function toWireText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return Buffer.from(text, 'utf8').toString('latin1')
  }
  return text
}

/** The Unicode text of bytes in that form. */
export function fromWireText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return Buffer.from(text, 'latin1').toString('utf8')
  }
  return text
}
