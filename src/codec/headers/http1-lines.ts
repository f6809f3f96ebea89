/** How encoders ask a map for its wire form, whoever made the map. */
import type { HeaderMap } from '../../api/headers.ts'
import type { ByteWriter } from '../../base/byte-writer.ts'
import type { OmittedLines } from './field-lines.ts'
import { FieldLines } from './field-lines.ts'
import type { HeaderKeyFormatter } from './header-key-format.ts'
import { writtenName } from './header-key-format.ts'

/** The end of the last line, and the empty one. */
export const HEAD_END = '\r\n\r\n'

/** How a line that an encoder adds is named. */
export function http1Name(name: string, headers: HeaderMap, format: HeaderKeyFormatter | undefined): string {
  return writtenName(name, headers instanceof FieldLines ? headers.receivedNames : undefined, format)
}

/** All lines but the omitted ones, each with CRLF in front. */
export function writeHttp1Lines(
  out: ByteWriter,
  headers: HeaderMap,
  format: HeaderKeyFormatter | undefined,
  omit: OmittedLines,
): void {
  if (headers instanceof FieldLines) return headers.writeHttp1Lines(out, format, omit)
  const copy = new FieldLines()
  headers.forEach((name, value) => copy.add(name, value))
  copy.writeHttp1Lines(out, format, omit)
}
