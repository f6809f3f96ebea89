/** Makes spans for Zipkin, and gathers those that are done. */
import type { FactoryContext } from '../../../api/extension.ts'
import type { Span, SpanSide, SpanStart, Tracer } from '../../../api/tracing.ts'
import { randomId } from '../common/random-id.ts'
import type { ZipkinConfig } from './config.ts'
import type { Reporter } from './reporter.ts'
import type { SpanContext } from './span-context.ts'
import { readIncomingTrace } from './span-context.ts'
import type { SpanOwner } from './zipkin-span.ts'
import { ZipkinSpan } from './zipkin-span.ts'

export type ZipkinTracerDeps = Pick<FactoryContext, 'dispatcher' | 'random'>

export class ZipkinTracer implements Tracer, SpanOwner {
  readonly speaksW3c: boolean
  readonly end: () => void
  readonly #config: ZipkinConfig
  readonly #deps: ZipkinTracerDeps
  readonly #reporter: Pick<Reporter, 'add' | 'end'>

  constructor(config: ZipkinConfig, deps: ZipkinTracerDeps, reporter: Pick<Reporter, 'add' | 'end'>) {
    this.end = reporter.end
    this.speaksW3c = config.speaksW3c
    this.#config = config
    this.#deps = deps
    this.#reporter = reporter
  }

  get wallNow(): number {
    return this.#deps.dispatcher.wallNow
  }

  placeChild(parent: SpanContext, wanted: SpanSide): { readonly context: SpanContext; readonly side: SpanSide } {
    const side = this.#config.splitsSpans ? 'client' : wanted
    return { context: this.#inside(parent, side), side }
  }

  report(span: ZipkinSpan): void {
    this.#reporter.add(span)
  }

  startSpan(start: SpanStart): Span | undefined {
    const { headers, startTimeWall, traced } = start
    const incoming = readIncomingTrace(headers, this.speaksW3c)
    if (incoming === undefined) return undefined
    const side = start.side === 'client' && !this.#config.splitsSpans ? 'client' : 'server'
    // Zipkin calls spans by the host that they are about.
    return new ZipkinSpan(this, headers.authority ?? '', side, startTimeWall, {
      context: incoming.context === undefined ? this.#newTrace(startTimeWall) : this.#inside(incoming.context, side),
      sampled: incoming.sampled ?? traced,
      isSingle: incoming.isSingle,
      followsLocalDecision: incoming.context === undefined && incoming.sampled === undefined,
    })
  }

  /** A server takes part in the span of its client, where that is wanted. */
  #inside(parent: SpanContext, side: SpanSide): SpanContext {
    if (side === 'server' && this.#config.sharesSpans) return parent
    return { traceId: parent.traceId, spanId: this.#newId(), parentId: parent.spanId }
  }

  #newId(): string {
    return randomId(this.#deps.random)
  }

  #newTrace(wallMs: number): SpanContext {
    const id = this.#newId()
    const { longTraceIds, timestampsTraceIds } = this.#config
    if (!longTraceIds) return { traceId: id, spanId: id, parentId: '' }
    const high = this.#newId()
    const seconds = Math.floor(wallMs / 1000)
      .toString(16)
      .padStart(8, '0')
    const upper = timestampsTraceIds ? seconds + high.slice(8) : high
    return { traceId: upper + id, spanId: id, parentId: '' }
  }
}
