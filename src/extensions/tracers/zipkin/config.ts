/** envoy.config.trace.v3.ZipkinConfig, parsed. */
import type { Reader } from '../../../api/config.ts'
import type { ParseContext } from '../../../api/extension.ts'
import { toWireText } from '../../../base/wire-text.ts'
import type { HttpService } from '../../../router/async-client/http-service.ts'
import { readHttpService } from '../../../router/async-client/http-service.ts'

export interface ZipkinConfig {
  readonly collector: CollectorConfig
  readonly longTraceIds: boolean
  /** A server joins the span of its client instead of making one of its own inside of it. */
  readonly sharesSpans: boolean
  /** W3C headers are understood where there are none of B3, and sent beside them. */
  readonly speaksW3c: boolean
  /** A span of a request is the server's, also where requests leave for elsewhere. */
  readonly splitsSpans: boolean
  /** Long trace ids begin with the time. */
  readonly timestampsTraceIds: boolean
}

export interface CollectorConfig {
  readonly service: HttpService
  readonly format: 'json' | 'proto'
}

type ContextOption = 'USE_B3' | 'USE_B3_WITH_W3C_PROPAGATION'
type Version = 'DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE' | 'HTTP_JSON' | 'HTTP_PROTO' | 'GRPC'

export function parseZipkin(reader: Reader, context: ParseContext): ZipkinConfig {
  const service = readCollector(reader)
  if (service.cluster !== '' && context.clusterNames?.has(service.cluster) === false) {
    const field = reader.has('collector_service') ? 'collector_service' : 'collector_cluster'
    reader.error(field, 'NU209', `envoy.tracers.zipkin: unknown cluster '${service.cluster}'`)
  }
  return {
    collector: { service, format: readFormat(reader) },
    longTraceIds: reader.bool('trace_id_128bit', false),
    sharesSpans: reader.bool('shared_span_context', true),
    speaksW3c: reader.enumeration<ContextOption>('trace_context_option', 'USE_B3') === 'USE_B3_WITH_W3C_PROPAGATION',
    timestampsTraceIds: reader.bool('timestamp_trace_ids', false),
    splitsSpans: reader.bool('split_spans_for_request', false),
  }
}

/** The newer field counts where both are there; the older ones are then nobody's. */
function readCollector(reader: Reader): HttpService {
  const cluster = reader.string('collector_cluster')
  const path = reader.string('collector_endpoint')
  const host = reader.string('collector_hostname')
  const service = reader.message('collector_service', readHttpService)
  if (service !== undefined) return { ...service, authority: service.authority || service.cluster }
  if (cluster === '') {
    reader.error(undefined, 'NU209', 'Either collector_cluster or collector_service must be specified')
  } else if (path === '') {
    reader.error(undefined, 'NU209', 'collector_endpoint must be specified when using collector_cluster')
  }
  return { cluster, path: toWireText(path), authority: toWireText(host || cluster), timeoutMs: 0, headers: [] }
}

function readFormat(reader: Reader): CollectorConfig['format'] {
  const version = reader.enumeration<Version>('collector_endpoint_version', 'DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE')
  if (version === 'GRPC') reader.unsupported('collector_endpoint_version', 'the gRPC collector of Zipkin')
  return version === 'HTTP_PROTO' ? 'proto' : 'json'
}
