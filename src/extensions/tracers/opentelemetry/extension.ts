/** envoy.tracers.opentelemetry: spans go to an OpenTelemetry collector, as OTLP over HTTP. */
import type { Extension } from '../../../api/extension.ts'
import type { Tracer } from '../../../api/tracing.ts'
import { detachedStreamInfo } from '../../../network/detached-stream-info.ts'
import { AsyncHttpClient } from '../../../router/async-client/async-http-client.ts'
import type { OpenTelemetryConfig } from './config.ts'
import { parseOpenTelemetry } from './config.ts'
import { createExporterStats, Exporter } from './exporter.ts'
import { OpenTelemetryTracer } from './open-telemetry-tracer.ts'
import { createResource } from './resource.ts'
import { serialize } from './serialize.ts'

export const extension: Extension<OpenTelemetryConfig, 'envoy.tracers'> = {
  category: 'envoy.tracers',
  name: 'envoy.tracers.opentelemetry',
  typeNames: ['envoy.config.trace.v3.OpenTelemetryConfig'],
  status: 'partial',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseOpenTelemetry,
  create: (config, context): Tracer => {
    // A configuration without one was refused.
    const service = config.service!
    const { sampler, maxCacheSize, namesScope } = config
    const frame = {
      resource: createResource(config.resource, context),
      scopeVersion: namesScope ? context.localInfo.buildVersion : undefined,
    }
    const exporter = new Exporter(service, {
      dispatcher: context.dispatcher,
      runtime: context.runtime,
      clusters: context.clusters,
      localInfo: context.localInfo,
      client: new AsyncHttpClient(service.cluster, { ...context, newStreamInfo: detachedStreamInfo }),
      stats: createExporterStats(context.scope),
      maxCacheSize,
      serialize: (spans) => serialize(spans, frame),
    })
    return new OpenTelemetryTracer(context, sampler?.extension.create(sampler.config, context), exporter)
  },
}
