/** envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig, parsed. */
import type { Reader } from '../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../api/extension.ts'
import type { CustomTag } from '../../../api/tracing.ts'
import { readFormatterExtensions } from '../../../formatter/formatter-extensions.ts'
import { readCustomTags } from '../../../http/tracing/custom-tags.ts'
import type { HttpService } from '../../../router/async-client/http-service.ts'
import { readHttpService } from '../../../router/async-client/http-service.ts'
import type { WriteFormatted } from './any-value.ts'
import { readEntries, readListFormat, readValueFormat } from './any-value.ts'

export interface OpenTelemetryConfig {
  readonly service: HttpService
  readonly logName: string
  /** Says the log's name and what the node is called. */
  readonly builtinLabels: boolean
  readonly resource: ReturnType<typeof readEntries>
  readonly detectors: readonly ExtensionConfig<'envoy.tracers.opentelemetry.resource_detectors'>[]
  readonly body: WriteFormatted | undefined
  readonly attributes: readonly WriteFormatted[]
  readonly filterStateObjects: readonly string[]
  readonly customTags: readonly CustomTag[]
  readonly flushIntervalMs: number
  readonly bufferBytes: number
  readonly statPrefix: string
}

const MISSING =
  'OpenTelemetry access logger requires one of: grpc_service, http_service, or common_config.grpc_service to be configured.'
const TOO_MANY =
  'OpenTelemetry access logger can only have one transport configured. Specify exactly one of: grpc_service, ' +
  'http_service, or common_config.grpc_service.'
const NOWHERE: HttpService = { cluster: '', authority: '', path: '/', timeoutMs: 0, headers: [] }

export function parseOpenTelemetry(reader: Reader, context: ParseContext): OpenTelemetryConfig {
  // Those over gRPC stay unread, and are refused by name.
  const transports = ['http_service', 'grpc_service', 'common_config'].filter((field) => reader.has(field))
  if (transports.length === 0) reader.error(undefined, 'NU185', MISSING)
  if (transports.length > 1) reader.error(transports[1], 'NU185', TOO_MANY)
  const operators = readFormatterExtensions(reader)
  return {
    service: reader.message('http_service', readHttpService) ?? NOWHERE,
    logName: reader.string('log_name'),
    builtinLabels: !reader.bool('disable_builtin_labels', false),
    resource: reader.message('resource_attributes', readEntries) ?? [],
    detectors: reader
      .messages('resource_detectors', (entry) =>
        context.namedExtension(entry, 'envoy.tracers.opentelemetry.resource_detectors'),
      )
      .filter((detector) => detector !== undefined),
    body: reader.message('body', (body) =>
      body.oneof('value') === undefined ? undefined : readValueFormat(body, operators),
    ),
    attributes: reader.message('attributes', (list) => readListFormat(list, operators)) ?? [],
    filterStateObjects: reader.strings('filter_state_objects_to_log'),
    customTags: readCustomTags(reader, 'last'),
    flushIntervalMs: Math.max(1, reader.durationMs('buffer_flush_interval', 1000)),
    bufferBytes: reader.number('buffer_size_bytes', 16_384),
    statPrefix: reader.string('stat_prefix'),
  }
}
