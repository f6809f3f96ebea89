/** Writes a message body: as it is, or as chunks of one size line around the caller's views. Nothing is copied. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { HeaderMap } from '../../api/headers.ts'
import { byteWriter } from '../../base/byte-writer.ts'
import { HEAD_END, writeHttp1Lines } from '../headers/http1-lines.ts'

/** Where the bytes go; counts them for the meter. */
export interface WireWriter {
  write(chunk: Uint8Array | string): void
}

const LAST_CHUNK = '0\r\n\r\n'

export function writeBody(writer: WireWriter, data: ByteQueue, chunked: boolean, end: boolean): void {
  const length = data.length
  if (length === 0) {
    if (end && chunked) writer.write(LAST_CHUNK)
    return
  }
  if (chunked) writer.write(length.toString(16) + '\r\n')
  for (let view = data.shift(); view !== undefined; view = data.shift()) writer.write(view)
  if (chunked) writer.write(end ? '\r\n' + LAST_CHUNK : '\r\n')
}

/** Ends a chunked body with trailers, or without them where they are not enabled; how many bytes of lines those were. */
export function writeTrailers(writer: WireWriter, trailers: HeaderMap, enabled: boolean): number {
  const out = byteWriter.begin()
  if (enabled) writeHttp1Lines(out, trailers, undefined, 'none')
  // Before anything is written, as that may lead to another message.
  const { length } = out
  writer.write(length === 0 ? LAST_CHUNK : `0${out.toString()}${HEAD_END}`)
  return length
}
