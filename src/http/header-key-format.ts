/** Http1ProtocolOptions.header_key_format, which listeners and clusters have alike. */
import type { Reader } from '../api/config.ts'
import type { HeaderKeyFormat } from '../codec/headers/header-key-format.ts'

const PRESERVE_CASE = 'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig'

export function readHeaderKeyFormat(reader: Reader): HeaderKeyFormat {
  if (reader.oneof('header_format') !== 'stateful_formatter') {
    reader.message('proper_case_words', () => undefined)
    return 'proper-case'
  }
  return reader.message('stateful_formatter', readStatefulFormatter) ?? 'proper-case'
}

function readStatefulFormatter(reader: Reader): HeaderKeyFormat | undefined {
  reader.string('name')
  const any = reader.any('typed_config')
  if (any?.typeName !== PRESERVE_CASE) {
    reader.unsupported('typed_config', any === undefined ? 'a formatter without typed_config' : any.typeName)
    any?.reader.keep()
    return undefined
  }
  const formatter = any.reader
  return {
    kind: 'preserve-case',
    forwardReasonPhrase: formatter.bool('forward_reason_phrase', false),
    ownNames:
      formatter.enumeration<'DEFAULT' | 'PROPER_CASE'>('formatter_type_on_envoy_headers', 'DEFAULT') === 'PROPER_CASE'
        ? 'proper-case'
        : 'default',
  }
}
