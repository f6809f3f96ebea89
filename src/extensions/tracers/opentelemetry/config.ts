/** envoy.config.trace.v3.OpenTelemetryConfig, parsed. */
import type { Reader } from '../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../api/extension.ts'
import { toWireText } from '../../../base/wire-text.ts'
import type { HttpService } from '../../../router/async-client/http-service.ts'
import { readHttpService } from '../../../router/async-client/http-service.ts'

export interface OpenTelemetryConfig {
  /** Undefined only after an error was reported. */
  readonly service: HttpService | undefined
  readonly resource: ResourceConfig
  /** Spans say what made them. */
  readonly namesScope: boolean
  readonly sampler: ExtensionConfig<'envoy.tracers.opentelemetry.samplers'> | undefined
  /** Spans that wait to be sent. */
  readonly maxCacheSize: number
}

export interface ResourceConfig {
  /** Undefined: not told. */
  readonly serviceName: string | undefined
  readonly namesSdk: boolean
  readonly detectors: readonly ExtensionConfig<'envoy.tracers.opentelemetry.resource_detectors'>[]
}

const DEFAULT_SERVICE_NAME = 'unknown_service:envoy'
const DEFAULT_CACHE_SIZE = 1024

export function parseOpenTelemetry(reader: Reader, context: ParseContext): OpenTelemetryConfig {
  const transports = ['grpc_service', 'http_service', 'exporter'].filter((field) => reader.has(field))
  if (transports.length !== 1) {
    const message = 'OpenTelemetry Tracer must have exactly one of gRPC, HTTP, or custom exporter configured.'
    reader.error(undefined, 'NU209', message)
  }
  const serviceName = toWireText(reader.string('service_name') || DEFAULT_SERVICE_NAME)
  const namesService = reader.bool('set_service_name_resource_attribute', true)
  return {
    service: reader.message('http_service', readHttpService),
    resource: {
      serviceName: namesService ? serviceName : undefined,
      namesSdk: reader.bool('set_telemetry_sdk_resource_attributes', true),
      detectors: reader
        .messages('resource_detectors', (entry) =>
          context.namedExtension(entry, 'envoy.tracers.opentelemetry.resource_detectors'),
        )
        .filter((detector) => detector !== undefined),
    },
    namesScope: reader.bool('set_instrumentation_scope', true),
    sampler: reader.message('sampler', (entry) =>
      context.namedExtension(entry, 'envoy.tracers.opentelemetry.samplers'),
    ),
    maxCacheSize: reader.number('max_cache_size', DEFAULT_CACHE_SIZE),
  }
}
