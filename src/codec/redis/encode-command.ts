/** A Redis command as servers read it: an array of bulk strings (RESP). */

/** `words`: the name and its arguments, a character a byte. */
export function encodeCommand(...words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`, 'latin1')
}
