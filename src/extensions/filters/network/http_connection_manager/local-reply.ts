/** local_reply_config: other statuses, bodies and formats for replies that come from the proxy itself. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import { readDataSource } from '../../../../config/data-source.ts'
import { readAccessLogFilter } from '../../../../formatter/access-log/filter/access-log-filter.ts'
import { readSubstitutionFormat } from '../../../../formatter/substitution-format.ts'
import type {
  BodyFormat,
  LocalReplyConfig,
  LocalReplyMapperConfig,
} from '../../../../http/local-reply/local-reply-config.ts'
import { applyMutations, readHeaderAdditions } from '../../../../router/header-mutations.ts'

export function readLocalReplyConfig(reader: Reader, context: ParseContext): LocalReplyConfig {
  return {
    mappers: reader.messages('mappers', (mapper) => readMapper(mapper, context)),
    bodyFormat: reader.message('body_format', (format) => readBodyFormat(format, context)),
  }
}

function readMapper(reader: Reader, context: ParseContext): LocalReplyMapperConfig {
  const filter = reader.message('filter', (inner) => readAccessLogFilter(inner, context))
  const additions = readHeaderAdditions(reader, 'headers_to_add')
  return {
    createFilter: (factory) => filter?.(factory) ?? { evaluate: () => false },
    status: reader.optionalNumber('status_code'),
    body: reader.message('body', (source) => Buffer.from(readDataSource(source)).toString('latin1')),
    bodyFormat: reader.message('body_format_override', (format) => readBodyFormat(format, context)),
    addHeaders: (headers, stream) => applyMutations(additions, headers, stream),
  }
}

function readBodyFormat(reader: Reader, context: ParseContext): BodyFormat {
  const { formatter, kind, contentType } = readSubstitutionFormat(reader, context)
  return {
    format: (stream) => formatter.format(stream),
    contentType: contentType ?? (kind === 'json' ? 'application/json' : 'text/plain'),
  }
}
