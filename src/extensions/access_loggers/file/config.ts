/** envoy.extensions.access_loggers.file.v3.FileAccessLog, parsed. */
import type { Formatter } from '../../../api/access-log.ts'
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import { defaultAccessLogFormatter } from '../../../formatter/default-format.ts'
import { BUILT_IN_OPERATORS } from '../../../formatter/operators/all.ts'
import { readFormatText, readJsonFormat, readSubstitutionFormat } from '../../../formatter/substitution-format.ts'

export interface FileAccessLogConfig {
  readonly path: string
  readonly formatter: Formatter
}

export function parseFileAccessLog(reader: Reader, context: ParseContext): FileAccessLogConfig {
  const path = reader.string('path')
  const formatter = readFormat(reader, context)
  const opened = context.accessLogFiles.open(path)
  if ('error' in opened) reader.error('path', 'NU156', opened.error)
  return { path, formatter }
}

function readFormat(reader: Reader, context: ParseContext): Formatter {
  const field = reader.oneof('access_log_format')
  switch (field) {
    case 'log_format':
      return (
        reader.message('log_format', (format) => readSubstitutionFormat(format, context).formatter) ??
        defaultAccessLogFormatter()
      )
    case 'format': {
      const text = reader.string('format')
      return text === '' ? defaultAccessLogFormatter() : readFormatText(reader, field, text, BUILT_IN_OPERATORS, false)
    }
    case 'json_format':
    case 'typed_json_format':
      return readJsonFormat(reader, field, BUILT_IN_OPERATORS, false)
    default:
      return defaultAccessLogFormatter()
  }
}
