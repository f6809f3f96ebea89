/** Makes spans for OpenTelemetry, by W3C trace context. */
import type { FactoryContext } from '../../../api/extension.ts'
import type { RequestHeaders } from '../../../api/headers.ts'
import type { Span, SpanStart, TraceSampler, Tracer } from '../../../api/tracing.ts'
import { randomId } from '../common/random-id.ts'
import type { TraceParent } from '../common/trace-parent.ts'
import { readTraceParent } from '../common/trace-parent.ts'
import type { Exporter } from './exporter.ts'
import type { SpanOwner, SpanPlace } from './open-telemetry-span.ts'
import { OpenTelemetrySpan } from './open-telemetry-span.ts'

export type OpenTelemetryTracerDeps = Pick<FactoryContext, 'dispatcher' | 'random'>

export class OpenTelemetryTracer implements Tracer, SpanOwner {
  readonly #deps: OpenTelemetryTracerDeps
  readonly #sampler: TraceSampler | undefined
  readonly end: () => void
  readonly #exporter: Pick<Exporter, 'add' | 'end'>

  /** `sampler` undefined: whatever was decided before. */
  constructor(
    deps: OpenTelemetryTracerDeps,
    sampler: TraceSampler | undefined,
    exporter: Pick<Exporter, 'add' | 'end'>,
  ) {
    this.#deps = deps
    this.#sampler = sampler
    this.#exporter = exporter
    this.end = exporter.end
  }

  get wallNow(): number {
    return this.#deps.dispatcher.wallNow
  }

  report(span: OpenTelemetrySpan): void {
    this.#exporter.add(span)
  }

  startSpan(start: SpanStart): Span | undefined {
    const { headers, operation, side, startTimeWall } = start
    const header = headers.get('traceparent')
    const parent = header === undefined ? undefined : readTraceParent(header)
    if (header !== undefined && parent === undefined) return undefined
    return new OpenTelemetrySpan(this, operation, side, startTimeWall, this.#place(start, parent))
  }

  #place(start: SpanStart, parent: TraceParent | undefined): SpanPlace {
    const { random } = this.#deps
    const traceId = parent?.traceId ?? randomId(random) + randomId(random)
    const traceState = parent === undefined ? '' : stateOf(start.headers)
    const before = parent && { sampled: parent.sampled, traceState }
    const result = this.#sampler?.sample({ traceId, parent: before })
    return {
      traceId,
      spanId: randomId(random),
      traceState: result?.traceState ?? traceState,
      parent: parent && { spanId: parent.spanId, isRemote: true },
      // Nobody overrules the connection manager.
      sampled: start.traced && (result?.sampled ?? parent?.sampled ?? true),
      followsLocalDecision: parent === undefined && this.#sampler === undefined,
    }
  }

  placeChild(parent: OpenTelemetrySpan): SpanPlace {
    const { traceId, spanId, traceState } = parent.place
    const { sampled } = parent
    // It is asked again; what the connection manager decided holds for its own span only.
    const result = this.#sampler?.sample({ traceId, parent: { sampled, traceState } }) ?? { sampled, traceState }
    return {
      traceId,
      spanId: randomId(this.#deps.random),
      traceState: result.traceState,
      parent: { spanId, isRemote: false },
      sampled: result.sampled,
      followsLocalDecision: false,
    }
  }
}

/** All of it, in one. */
function stateOf(headers: RequestHeaders): string {
  return headers.getAll('tracestate').join(',')
}
