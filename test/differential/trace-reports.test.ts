/* When spans are sent, and what becomes of the reports. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { COLLECTOR, openTelemetry, zipkin } from './support/spans.ts'

/** `order`: what the collector does, see `scripted-backend.ts`. */
function zipkinThat(order: string, cluster = COLLECTOR): object {
  const uri = { uri: 'http://zipkin.test/api', cluster, timeout: '1s' }
  return zipkin({
    collector_service: { http_uri: uri, request_headers_to_add: [{ header: { key: 'x-do', value: order } }] },
  })
}

function collectedBy(cluster: string): object {
  const uri = { uri: 'http://otel.test/v1/traces', cluster, timeout: '1s' }
  return openTelemetry({ http_service: { http_uri: uri } })
}

function reported(name: string, tracing: object, settings: Readonly<Record<string, number>> = {}): void {
  const layer = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`tracing.${key}`, value]))
  differential(`reports: ${name}`, {
    backends: ['app', COLLECTOR],
    bootstrap: (port) => ({
      layered_runtime: { layers: [{ name: 'settings', static_layer: layer }] },
      static_resources: {
        listeners: [httpListener('front', { extra: { tracing } })],
        clusters: [
          staticCluster('app', [port('app')]),
          staticCluster(COLLECTOR, [port(COLLECTOR)]),
          staticCluster('dead', [1]),
        ],
      },
    }),
    traffic: async (side) => {
      for (let i = 0; i < 7; i++) {
        await side.exchange('front', 'GET / HTTP/1.1\r\nhost: a.test\r\n\r\n')
        await Bun.sleep(20) // one report after the other
      }
      await Bun.sleep(300)
      side.note('reports', side.seenBy(COLLECTOR).length)
    },
    stats: /^tracing\.|\.tracing\.|async-client|upstream_rq_(?:total|timeout|\d+)$/,
    volatile: /timer_flushed/,
  })
}

const EACH = { 'zipkin.min_flush_spans': 1, 'opentelemetry.min_flush_spans': 1 }

reported('zipkin', zipkinThat('status=202'))
reported('zipkin, each span', zipkinThat('status=202'), EACH)
reported('zipkin that refuses', zipkinThat('status=503'), EACH)
reported('zipkin that resets', zipkinThat('reset'), EACH)
reported('zipkin that breaks off', zipkinThat('cut;status=202'), EACH)
reported('zipkin that hangs', zipkinThat('hang'), { ...EACH, 'zipkin.request_timeout': 100 })
reported('zipkin that is not there', zipkinThat('', 'dead'), EACH)
reported('zipkin, never', zipkinThat('status=202'), { 'zipkin.min_flush_spans': 0 })
reported('opentelemetry', openTelemetry())
reported('opentelemetry, each span', openTelemetry(), { 'opentelemetry.min_flush_spans': 0 })
reported('opentelemetry with little room', openTelemetry({ max_cache_size: 2 }))
reported('opentelemetry with no room', openTelemetry({ max_cache_size: 0 }))
reported('opentelemetry that is not there', collectedBy('dead'), EACH)
reported('opentelemetry of an unknown cluster', collectedBy('none'), EACH)
