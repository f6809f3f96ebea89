/* The escapes that keep one record one line. */

/** `%_`: nothing but line feeds. */
export function escapeLineFeeds(text: string): string {
  return text.replaceAll('\n', '\\n')
}

/** `%j`: the inside of a JSON string. */
export function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

const NEEDS_ESCAPE = /["'\\\n\r\t\x00-\x1f\x7f-\xff]/g

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
}

/** --log-format-escaped: a finished line of bytes (latin1) as the inside of a C string. White space at its end stays. */
export function escapeLine(line: string): string {
  const end = endOfText(line)
  return line.slice(0, end).replace(NEEDS_ESCAPE, (byte) => NAMED[byte] ?? octal(byte)) + line.slice(end)
}

/** Not trimEnd: that takes the byte a0 for a space, which ends many a UTF-8 letter. */
function endOfText(line: string): number {
  let end = line.length
  while (end > 0 && ' \t\n\v\f\r'.includes(line.charAt(end - 1))) end--
  return end
}

function octal(byte: string): string {
  return `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`
}
