/** Finished spans on their way to a collector: they leave at intervals, and when their provider finds them enough. */
import type { Timer } from '../../../api/event.ts'
import type { FactoryContext } from '../../../api/extension.ts'
import type { Counter } from '../../../api/stats.ts'

export interface SpanBufferDeps<Span> extends Pick<FactoryContext, 'dispatcher' | 'runtime'> {
  /** Runtime keys are `tracing.<provider>.min_flush_spans` and `….flush_interval_ms`. */
  readonly provider: string
  readonly timerFlushed: Counter
  /** Never without a span. */
  send(spans: readonly Span[]): void
}

export class SpanBuffer<Span> {
  readonly #deps: SpanBufferDeps<Span>
  readonly #timer: Timer
  /** Bound: it outlives the tracer. */
  readonly end = (): void => {
    this.#timer.disable()
    this.#spans = []
  }
  #spans: Span[] = []

  constructor(deps: SpanBufferDeps<Span>) {
    this.#deps = deps
    this.#timer = deps.dispatcher.timer(() => {
      deps.timerFlushed.inc()
      this.flush()
      this.#enableTimer()
    })
    this.#enableTimer()
  }

  /** Spans that wait. */
  get length(): number {
    return this.#spans.length
  }

  /** So many spans are worth a report; providers differ in what happens beyond. */
  get enough(): number {
    return this.setting('min_flush_spans', 5)
  }

  push(span: Span): void {
    this.#spans.push(span)
  }

  flush(): void {
    const spans = this.#spans
    if (spans.length === 0) return
    this.#spans = []
    this.#deps.send(spans)
  }

  /** The runtime's integer `tracing.<provider>.<name>`. */
  setting(name: string, fallback: number): number {
    return this.#deps.runtime.current.integer(`tracing.${this.#deps.provider}.${name}`, fallback)
  }

  #enableTimer(): void {
    this.#timer.enable(this.setting('flush_interval_ms', 5000))
  }
}
