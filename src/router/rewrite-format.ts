/** Paths and hosts that a format string makes: `path_rewrite` and `host_rewrite`. */
import type { Formatter } from '../api/access-log.ts'
import type { Reader } from '../api/config.ts'
import type { RequestHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { compileFormat } from '../formatter/compile-format.ts'
import { mutationContext } from './header-mutations.ts'

export type RewriteFormat = (headers: RequestHeaders, streamInfo: StreamInfo) => string

/** `unset` stands for a value that is not there. undefined: the field is empty, or an error was reported. */
export function readRewriteFormat(reader: Reader, field: string, unset: string): RewriteFormat | undefined {
  const text = reader.string(field)
  if (text === '') return undefined
  const formatter = compiled(reader, field, text, unset)
  if (formatter === undefined) return undefined
  return (headers, streamInfo) => formatter.format(mutationContext(headers, undefined, streamInfo))
}

function compiled(reader: Reader, field: string, text: string, unset: string): Formatter | undefined {
  const format = compileFormat(text, { unset })
  if (format.ok) return format.formatter
  reader.error(field, 'NU152', format.message)
  return undefined
}
