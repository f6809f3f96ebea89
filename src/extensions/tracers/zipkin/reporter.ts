/** Sends what spans have been finished to the collector: when there are enough of them, and at intervals. */
import type { AsyncClient, AsyncResponse } from '../../../api/async-client.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import type { Counter, Scope } from '../../../api/stats.ts'
import { ByteQueue } from '../../../base/byte-queue.ts'
import { detachedStreamInfo } from '../../../network/detached-stream-info.ts'
import { serviceHeaders } from '../../../router/async-client/http-service.ts'
import { SpanBuffer } from '../common/span-buffer.ts'
import type { CollectorConfig } from './config.ts'
import type { ZipkinSpan } from './zipkin-span.ts'

export type ReporterDeps = Pick<FactoryContext, 'dispatcher' | 'runtime' | 'clusters'> & {
  readonly client: AsyncClient
  readonly stats: ReporterStats
  /** The spans as the body of one report. */
  serialize(spans: readonly ZipkinSpan[]): Uint8Array
}

const COUNTERS = [
  'spans_sent',
  'timer_flushed',
  'reports_skipped_no_cluster',
  'reports_sent',
  'reports_dropped',
  'reports_failed',
] as const

export type ReporterStats = { readonly [K in (typeof COUNTERS)[number]]: Counter }

export function createReporterStats(scope: Scope): ReporterStats {
  const zipkin = scope.scope('tracing.zipkin.')
  return Object.fromEntries(COUNTERS.map((name) => [name, zipkin.counter(name)])) as ReporterStats
}

const ACCEPTED = 202

export class Reporter {
  readonly #collector: CollectorConfig
  readonly #deps: ReporterDeps
  readonly #buffer: SpanBuffer<ZipkinSpan>

  constructor(collector: CollectorConfig, deps: ReporterDeps) {
    this.#collector = collector
    this.#deps = deps
    this.#buffer = new SpanBuffer({
      provider: 'zipkin',
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

  add(span: ZipkinSpan): void {
    this.#buffer.push(span)
    // As Envoy: with a setting of 0, or one that sinks, only the timer sends.
    if (this.#buffer.length === this.#buffer.enough) this.#buffer.flush()
  }

  #send(spans: readonly ZipkinSpan[]): void {
    const { stats, clusters, client } = this.#deps
    stats.spans_sent.add(spans.length)
    const { service, format } = this.#collector
    if (clusters.get(service.cluster) === undefined) {
      stats.reports_skipped_no_cluster.inc()
      return
    }
    const body = new ByteQueue()
    body.push(this.#deps.serialize(spans))
    const callbacks = {
      onResponse: ({ headers }: AsyncResponse) =>
        headers.status === ACCEPTED ? stats.reports_sent.inc() : stats.reports_dropped.inc(),
      onFailure: () => stats.reports_failed.inc(),
    }
    const own = { 'content-type': format === 'proto' ? 'application/x-protobuf' : 'application/json' }
    const headers = serviceHeaders(service, own, detachedStreamInfo(this.#deps.dispatcher))
    client.send(headers, body, callbacks, { timeoutMs: this.#buffer.setting('request_timeout', 5000) })
  }
}
