/** envoy.tracers.zipkin: spans go to a Zipkin collector over HTTP. */
import type { Extension } from '../../../api/extension.ts'
import { detachedStreamInfo } from '../../../network/detached-stream-info.ts'
import { AsyncHttpClient } from '../../../router/async-client/async-http-client.ts'
import type { ZipkinConfig } from './config.ts'
import { parseZipkin } from './config.ts'
import { endpointOf } from './endpoint.ts'
import { createReporterStats, Reporter } from './reporter.ts'
import { serializeJson } from './serialize-json.ts'
import { serializeProto } from './serialize-proto.ts'
import { ZipkinTracer } from './zipkin-tracer.ts'

export const extension: Extension<ZipkinConfig, 'envoy.tracers'> = {
  category: 'envoy.tracers',
  name: 'envoy.tracers.zipkin',
  typeNames: ['envoy.config.trace.v3.ZipkinConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream',
  parse: parseZipkin,
  create: (config, context) => {
    const { collector, sharesSpans } = config
    const endpoint = endpointOf(context.localInfo)
    const serialize = collector.format === 'proto' ? serializeProto : serializeJson
    const reporter = new Reporter(collector, {
      dispatcher: context.dispatcher,
      runtime: context.runtime,
      clusters: context.clusters,
      client: new AsyncHttpClient(collector.service.cluster, { ...context, newStreamInfo: detachedStreamInfo }),
      stats: createReporterStats(context.scope),
      serialize: (spans) => serialize(spans, endpoint, sharesSpans),
    })
    return new ZipkinTracer(config, context, reporter)
  },
}
