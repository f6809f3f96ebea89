/** Sends what spans have been finished to a collector: when there are enough of them, and at intervals. */
import type { AsyncClient } from '../../../api/async-client.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import type { RequestHeaders } from '../../../api/headers.ts'
import type { Counter, Scope } from '../../../api/stats.ts'
import type { Timer } from '../../../api/event.ts'
import { ByteQueue } from '../../../base/byte-queue.ts'
import { detachedStreamInfo } from '../../../network/detached-stream-info.ts'
import type { HttpService } from '../../../router/async-client/http-service.ts'
import { serviceHeaders } from '../../../router/async-client/http-service.ts'
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
  readonly #timer: Timer
  /** Bound: it outlives the tracer. */
  readonly end = (): void => {
    this.#timer.disable()
    this.#spans = []
  }
  #spans: OpenTelemetrySpan[] = []

  constructor(service: HttpService, deps: ExporterDeps) {
    this.#service = service
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => {
      deps.stats.timer_flushed.inc()
      this.#flush()
      this.#enableTimer()
    })
    this.#enableTimer()
  }

  add(span: OpenTelemetrySpan): void {
    const { maxCacheSize, stats } = this.#deps
    if (this.#spans.length >= maxCacheSize) {
      // It makes room for the next ones.
      stats.spans_dropped.inc()
      return this.#flush()
    }
    this.#spans.push(span)
    if (this.#spans.length >= this.#setting('min_flush_spans', 5)) this.#flush()
  }

  #setting(name: string, fallback: number): number {
    return this.#deps.runtime.current.integer(`tracing.opentelemetry.${name}`, fallback)
  }

  #enableTimer(): void {
    this.#timer.enable(this.#setting('flush_interval_ms', 5000))
  }

  #flush(): void {
    const spans = this.#spans
    if (spans.length === 0) return
    this.#spans = []
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
