/** envoy.config.core.v3.SubstitutionFormatString: a text or JSON format, for access logs and local replies. */
import type { Formatter } from '../api/access-log.ts'
import type { Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'
import { readDataSource } from '../config/data-source.ts'
import { compileFormat } from './compile-format.ts'
import { readFormatterExtensions } from './formatter-extensions.ts'
import { compileJsonFormat } from './json-format.ts'
import type { OperatorTable } from './operator.ts'

export interface SubstitutionFormat {
  readonly formatter: Formatter
  readonly kind: 'text' | 'json'
  /** `content_type` as configured; local replies default to text/plain or application/json by `kind`. */
  readonly contentType: string | undefined
}

/** Where a format is wrong that is reported, and the result prints nothing. */
export function readSubstitutionFormat(reader: Reader, _context: ParseContext): SubstitutionFormat {
  const contentType = reader.string('content_type')
  const operators = readFormatterExtensions(reader)
  const omitEmptyValues = reader.bool('omit_empty_values', false)
  readJsonOptions(reader)
  const kind = reader.oneof('format') === 'json_format' ? 'json' : 'text'
  const formatter =
    kind === 'json'
      ? readJsonFormat(reader, 'json_format', operators, omitEmptyValues)
      : readTextFormat(reader, operators, omitEmptyValues)
  return { formatter, kind, contentType: contentType === '' ? undefined : contentType }
}

function readJsonOptions(reader: Reader): void {
  reader.message('json_format_options', (options) => options.ignore('sort_properties', 'keys are always sorted'))
}

function readTextFormat(reader: Reader, operators: OperatorTable, omitEmptyValues: boolean): Formatter {
  const field = reader.oneof('format') === 'text_format_source' ? 'text_format_source' : 'text_format'
  const text =
    field === 'text_format'
      ? reader.string('text_format')
      : (reader.message(field, (source) => Buffer.from(readDataSource(source)).toString('utf8')) ?? '')
  return readFormatText(reader, field, text, operators, omitEmptyValues)
}

/** Compiles `text`, which came from `field`. */
export function readFormatText(
  reader: Reader,
  field: string,
  text: string,
  operators: OperatorTable,
  omitEmptyValues: boolean,
): Formatter {
  const compiled = compileFormat(text, { unset: omitEmptyValues ? '' : '-', operators })
  if (compiled.ok) return compiled.formatter
  reader.error(field, 'NU152', compiled.message)
  return { format: () => '' }
}

export function readJsonFormat(
  reader: Reader,
  field: string,
  operators: OperatorTable,
  omitEmptyValues: boolean,
): Formatter {
  const onError = (message: string) => reader.error(field, 'NU152', message)
  return compileJsonFormat(reader.struct(field) ?? {}, { omitEmptyValues, operators, onError })
}
