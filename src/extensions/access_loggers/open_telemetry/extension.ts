/** envoy.access_loggers.open_telemetry: records for an OpenTelemetry collector, over HTTP. */
import type { Extension, FactoryContext } from '../../../api/extension.ts'
import { ProtoWriter } from '../../../base/proto-writer.ts'
import { toWireText } from '../../../base/wire-text.ts'
import { detachedStreamInfo } from '../../../network/detached-stream-info.ts'
import { AsyncHttpClient } from '../../../router/async-client/async-http-client.ts'
import { serviceHeaders } from '../../../router/async-client/http-service.ts'
import type { Write } from './any-value.ts'
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
    resource: resourceOf(config, context),
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

/** What does not change of a report: who we are, what was found out, and what the configuration says. Later ones know better. */
function resourceOf(config: OpenTelemetryConfig, context: FactoryContext): Uint8Array {
  const { localInfo } = context
  const entries = new Map<string, Write<undefined> | undefined>()
  if (config.builtinLabels) {
    entries.set('log_name', wireText(toWireText(config.logName)))
    entries.set('zone_name', wireText(toWireText(localInfo.zone)))
    entries.set('cluster_name', wireText(toWireText(localInfo.clusterName)))
    entries.set('node_name', wireText(toWireText(localInfo.nodeId)))
  }
  for (const { extension, config: own } of config.detectors) {
    for (const [name, value] of Object.entries(extension.create(own, context))) entries.set(name, wireText(value))
  }
  for (const [name, value] of config.resource) entries.set(name, value)
  const resource = new ProtoWriter()
  for (const [name, value] of entries) resource.message(1, (inner) => keyValue(name, value)(inner, undefined))
  return resource.finish()
}
