/** envoy.config.accesslog.v3.AccessLogFilter, parsed to what makes the filter on the thread that uses it. */
import type { Reader } from '../../../api/config.ts'
import type { AccessLogFilter, ParseContext } from '../../../api/extension.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'
import { readDurationFilter, readStatusCodeFilter } from './comparison-filter.ts'
import { readExtensionFilter } from './extension-filter.ts'
import { readGrpcStatusFilter } from './grpc-status-filter.ts'
import { readHeaderFilter } from './header-filter.ts'
import { readLogTypeFilter } from './log-type-filter.ts'
import { readMetadataFilter } from './metadata-filter.ts'
import { readResponseFlagFilter } from './response-flag-filter.ts'
import { readRuntimeFilter } from './runtime-filter.ts'

/** After an error was reported: a filter that lets everything through. */
export function readAccessLogFilter(reader: Reader, context: ParseContext): AccessLogFilterConfig {
  const kind = reader.oneof('filter_specifier')
  if (kind === undefined) return everything
  return reader.message(kind, (inner) => readKind(kind, inner, context)) ?? everything
}

const everything: AccessLogFilterConfig = () => ({ evaluate: () => true })

function readKind(kind: string, reader: Reader, context: ParseContext): AccessLogFilterConfig | undefined {
  switch (kind) {
    case 'status_code_filter':
      return readStatusCodeFilter(reader)
    case 'duration_filter':
      return readDurationFilter(reader)
    case 'not_health_check_filter':
      return () => ({ evaluate: ({ streamInfo }) => streamInfo.healthCheck !== true })
    case 'traceable_filter':
      return () => ({
        evaluate: ({ streamInfo }) => streamInfo.traceReason === 'forced' && streamInfo.healthCheck !== true,
      })
    case 'runtime_filter':
      return readRuntimeFilter(reader)
    case 'and_filter':
      return readAll(reader, context, (filters, record) => filters.every((filter) => filter.evaluate(record)))
    case 'or_filter':
      return readAll(reader, context, (filters, record) => filters.some((filter) => filter.evaluate(record)))
    case 'header_filter':
      return readHeaderFilter(reader)
    case 'response_flag_filter':
      return readResponseFlagFilter(reader)
    case 'grpc_status_filter':
      return readGrpcStatusFilter(reader)
    case 'metadata_filter':
      return readMetadataFilter(reader)
    case 'log_type_filter':
      return readLogTypeFilter(reader)
    case 'extension_filter':
      return readExtensionFilter(reader, context)
    default:
      return undefined
  }
}

type Combine = (filters: readonly AccessLogFilter[], record: Parameters<AccessLogFilter['evaluate']>[0]) => boolean

function readAll(reader: Reader, context: ParseContext, combine: Combine): AccessLogFilterConfig {
  const configs = reader.messages('filters', (inner) => readAccessLogFilter(inner, context))
  return (factory) => {
    const filters = configs.map((config) => config(factory))
    return { evaluate: (record) => combine(filters, record) }
  }
}
