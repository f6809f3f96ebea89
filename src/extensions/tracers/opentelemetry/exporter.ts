/** Sends what spans have been finished to a collector: when there are enough of them, and at intervals. */
import type { AsyncClient } from '../../../api/async-client.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import type { RequestHeaders } from '../../../api/headers.ts'
import type { Counter, Scope } from '../../../api/stats.ts'
import { ByteQueue } from '../../../base/byte-queue.ts'
import { detachedStreamInfo } from '../../../network/detached-stream-info.ts'
import type { HttpService } from '../../../router/async-client/http-service.ts'
import { serviceHeaders } from '../../../router/async-client/http-service.ts'
import { SpanBuffer } from '../common/span-buffer.ts'
import type { OpenTelemetrySpan } from './open-telemetry-span.ts'

export type ExporterDeps = Pick<FactoryContext, 'dispatcher' | 'runtime' | 'clusters' | 'localInfo'> & {
  readonly client: AsyncClient
  readonly stats: ExporterStats
  /** Spans that may wait; later ones are dropped. */
  readonly maxCacheSize: number
  /** The spans as the body of one report. */
  serialize(spans: readonly OpenTelemetrySpan[]): Uint8Array
}

const COUNTERS = ['spans_sent', 'spans_dropped', 'timer_flushed'] as const

export type ExporterStats = { readonly [K in (typeof COUNTERS)[number]]: Counter }

export function createExporterStats(scope: Scope): ExporterStats {
  const own = scope.scope('tracing.opentelemetry.')
  return Object.fromEntries(COUNTERS.map((name) => [name, own.counter(name)])) as ExporterStats
}

const IGNORED = { onResponse: () => undefined, onFailure: () => undefined }

export class Exporter {
  readonly #service: HttpService
  readonly #deps: ExporterDeps
  readonly #buffer: SpanBuffer<OpenTelemetrySpan>

  constructor(service: HttpService, deps: ExporterDeps) {
    this.#service = service
    this.#deps = deps
    this.#buffer = new SpanBuffer({
      provider: 'opentelemetry',
      dispatcher: deps.dispatcher,
      runtime: deps.runtime,
      timerFlushed: deps.stats.timer_flushed,
      send: (spans) => this.#send(spans),
    })
  }

  /** Bound: it outlives the tracer. */
  get end(): () => void {
    return this.#buffer.end
  }

  add(span: OpenTelemetrySpan): void {
    const { maxCacheSize, stats } = this.#deps
    if (this.#buffer.length >= maxCacheSize) {
      // It makes room for the next ones.
      stats.spans_dropped.inc()
      return this.#buffer.flush()
    }
    this.#buffer.push(span)
    if (this.#buffer.length >= this.#buffer.enough) this.#buffer.flush()
  }

  #send(spans: readonly OpenTelemetrySpan[]): void {
    const { stats, clusters, client } = this.#deps
    stats.spans_sent.add(spans.length)
    if (clusters.get(this.#service.cluster) === undefined) return
    const body = new ByteQueue()
    body.push(this.#deps.serialize(spans))
    client.send(this.#headers(), body, IGNORED, { timeoutMs: this.#service.timeoutMs })
  }

  #headers(): RequestHeaders {
    const { dispatcher, localInfo } = this.#deps
    const own = {
      'content-type': 'application/x-protobuf',
      'user-agent': `OTel-OTLP-Exporter-Envoy/${localInfo.buildVersion}`,
    }
    return serviceHeaders(this.#service, own, detachedStreamInfo(dispatcher))
  }
}
