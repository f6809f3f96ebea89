/**
 * `formatters` of a SubstitutionFormatString: extensions that bring operators of their own (category envoy.formatter).
 * A table says what each of those known here adds.
 */
import type { Reader } from '../api/config.ts'
import { readCelOptions } from '../config/cel-config.ts'
import type { OperatorTable } from './operator.ts'
import { BUILT_IN_OPERATORS } from './operators/all.ts'
import { celOperators } from './operators/cel.ts'
import { FILE_CONTENT_OPERATORS } from './operators/file-content.ts'
import { REQ_WITHOUT_QUERY_OPERATORS } from './operators/req-without-query.ts'

const EXTENSIONS: Readonly<Record<string, (config: Reader) => OperatorTable>> = {
  'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery': () => REQ_WITHOUT_QUERY_OPERATORS,
  'envoy.extensions.formatter.file_content.v3.FileContent': () => FILE_CONTENT_OPERATORS,
  // %METADATA(…)% is built in by now.
  'envoy.extensions.formatter.metadata.v3.Metadata': () => ({}),
  // Built in as well; but here functions can be turned on.
  'envoy.extensions.formatter.cel.v3.Cel': (config) => config.message('cel_config', readCelOperators) ?? {},
}

function readCelOperators(reader: Reader): OperatorTable {
  return celOperators(readCelOptions(reader))
}

/** The built-in operators and what the listed extensions add. */
export function readFormatterExtensions(reader: Reader): OperatorTable {
  const added = reader.messages('formatters', readExtension)
  return added.length === 0 ? BUILT_IN_OPERATORS : Object.assign({}, BUILT_IN_OPERATORS, ...added)
}

function readExtension(entry: Reader): OperatorTable {
  const name = entry.string('name')
  const any = entry.any('typed_config')
  const typeName = any?.typeName ?? ''
  const operators = EXTENSIONS[typeName]
  if (operators !== undefined && any !== undefined) return operators(any.reader)
  any?.reader.keep()
  if (typeName.startsWith('envoy.extensions.formatter.')) {
    entry.error('typed_config', 'NU123', `${name} (${typeName}) is not supported by Nuncio yet`)
  } else entry.error(any === undefined ? undefined : 'typed_config', 'NU124', `Formatter not found: ${name}`)
  return {}
}
