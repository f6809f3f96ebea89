/** envoy.access_loggers.open_telemetry: records for an OpenTelemetry collector, over HTTP. */
import type { Extension, FactoryContext, LocalInfo } from '../../../api/extension.ts'
import { ProtoWriter } from '../../../base/proto-writer.ts'
import { toWireText } from '../../../base/wire-text.ts'
import { detachedStreamInfo } from '../../../network/detached-stream-info.ts'
import { AsyncHttpClient } from '../../../router/async-client/async-http-client.ts'
import { serviceHeaders } from '../../../router/async-client/http-service.ts'
import { keyValue, wireText } from './any-value.ts'
import type { OpenTelemetryConfig } from './config.ts'
import { parseOpenTelemetry } from './config.ts'
import { LogExporter } from './log-exporter.ts'
import { OpenTelemetryLogger } from './open-telemetry-logger.ts'

export const extension: Extension<OpenTelemetryConfig, 'envoy.access_loggers'> = {
  category: 'envoy.access_loggers',
  name: 'envoy.access_loggers.open_telemetry',
  typeNames: ['envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseOpenTelemetry,
  create: (config, context) => new OpenTelemetryLogger(config, createExporter(config, context)),
}

function createExporter(config: OpenTelemetryConfig, context: FactoryContext): LogExporter {
  const { service, statPrefix, flushIntervalMs, bufferBytes } = config
  const { dispatcher, clusters, localInfo } = context
  const prefix = statPrefix === '' ? '' : `${statPrefix}.`
  const scope = context.scope.scope(`access_logs.open_telemetry_access_log.${prefix}`)
  const own = {
    'content-type': 'application/x-protobuf',
    'user-agent': `OTel-OTLP-Exporter-Envoy/${localInfo.buildVersion}`,
  }
  const settings = {
    resource: resourceOf(config, localInfo),
    flushIntervalMs,
    bufferBytes,
    timeoutMs: service.timeoutMs,
  }
  return new LogExporter(settings, {
    client: new AsyncHttpClient(service.cluster, { ...context, newStreamInfo: detachedStreamInfo }),
    dispatcher,
    hasCluster: () => clusters.get(service.cluster) !== undefined,
    newHeaders: () => serviceHeaders(service, own, detachedStreamInfo(dispatcher)),
    written: scope.counter('logs_written'),
    dropped: scope.counter('logs_dropped'),
  })
}

/** What does not change of a report: who we are, and what the configuration says of it. */
function resourceOf(config: OpenTelemetryConfig, localInfo: LocalInfo): Uint8Array {
  const labels = config.builtinLabels
    ? [
        ['log_name', config.logName],
        ['zone_name', localInfo.zone],
        ['cluster_name', localInfo.clusterName],
        ['node_name', localInfo.nodeId],
      ]
    : []
  const entries = labels.map(([name = '', value = '']) => keyValue<undefined>(name, wireText(toWireText(value))))
  const resource = new ProtoWriter()
  for (const entry of [...entries, ...config.resource]) resource.message(1, (inner) => entry(inner, undefined))
  return resource.finish()
}
