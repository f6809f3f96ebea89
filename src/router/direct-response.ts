/** envoy.config.route.v3.DirectResponseAction, parsed. */
import type { Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { DirectBody } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { readDataSource } from '../config/data-source.ts'
import { readSubstitutionFormat } from '../formatter/substitution-format.ts'
import { mutationContext } from './header-mutations.ts'

export interface DirectResponseConfig {
  readonly status: number
  /** latin1: the bytes of the body. */
  readonly body: string
  /** Makes the body of each reply; `body` is then the text that it may put in. */
  readonly format: BodyFormat | undefined
}

export type BodyFormat = (headers: RequestHeaders, streamInfo: StreamInfo) => DirectBody

export function readDirectResponse(reader: Reader, maxBodyBytes: number, context: ParseContext): DirectResponseConfig {
  const status = reader.number('status', 200)
  const bytes = reader.message('body', (body) => {
    // Here Envoy reads the file again whenever something moves into the folder.
    if (body.has('watched_directory')) body.unsupported('watched_directory', 'DataSource.watched_directory')
    return readDataSource(body)
  })
  if (bytes !== undefined && bytes.length > maxBodyBytes) {
    reader.error('body', 'NU155', `response body size is ${bytes.length} bytes; maximum is ${maxBodyBytes}`)
  }
  const body = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
  return { status, body, format: readBodyFormat(reader, body, context) }
}

function readBodyFormat(reader: Reader, body: string, context: ParseContext): BodyFormat | undefined {
  return reader.message('body_format', (message) => {
    const { formatter, kind, contentType } = readSubstitutionFormat(message, context)
    const type = contentType ?? (kind === 'json' ? 'application/json' : undefined)
    return (headers, streamInfo) => {
      const stream = { ...mutationContext(headers, undefined, streamInfo), localReplyBody: body }
      return { body: formatter.format(stream), contentType: type }
    }
  })
}
