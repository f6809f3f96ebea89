/** Which requests are traced, and what they carry of it (Envoy's mutateTracingRequestHeader and traceRequest). */
import type { FormatterContext } from '../../api/access-log.ts'
import type { FactoryContext } from '../../api/extension.ts'
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { RouteTracing, TraceSampling } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { SpanSide, TraceReason, Tracer } from '../../api/tracing.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import type { RequestIdSettings } from '../connection-manager-settings.ts'
import type { ConnectionManagerStats } from '../connection-manager-stats.ts'
import { requestIdNumber, traceReasonOf, withTraceReason } from './request-id-trace.ts'
import { RequestTrace } from './request-trace.ts'
import type { TracingSettings } from './tracing-settings.ts'

const REQUEST_ID = 'x-request-id'
const DECORATOR = 'x-envoy-decorator-operation'
const DECORATED = nameSet([DECORATOR])

/** A stream, as far as it is traced. */
export interface TracedStream extends FormatterContext {
  readonly streamInfo: StreamInfo
  trace: RequestTrace | undefined
  /** What the response is to be decorated with; '': the client has named it, and nobody needs to be told. */
  decoratedOperation: string | undefined
}

export class RequestTracing {
  readonly #settings: TracingSettings
  readonly #ids: RequestIdSettings
  readonly #context: FactoryContext
  readonly #stats: ConnectionManagerStats['tracing']
  readonly #egress: boolean
  readonly #tracer: Tracer | undefined
  readonly #attemptSide: SpanSide

  constructor(
    settings: TracingSettings,
    ids: RequestIdSettings,
    context: FactoryContext,
    stats: ConnectionManagerStats['tracing'],
  ) {
    this.#settings = settings
    this.#ids = ids
    this.#context = context
    this.#stats = stats
    this.#egress = context.listenerDirection === 'OUTBOUND'
    this.#attemptSide = this.#egress || settings.spawnsUpstream ? 'client' : 'server'
    this.#tracer = settings.createTracer?.(context)
  }

  /** Once the route is known. `decides`: otherwise the stream counts as not traced. */
  begin(stream: TracedStream, headers: RequestHeaders, decides: boolean): void {
    const { streamInfo: info } = stream
    const ofRoute = info.route?.tracing
    const reason = decides ? this.#decide(headers, ofRoute?.sampling ?? this.#settings.sampling) : 'none'
    info.traceReason = reason
    const span = this.#tracer?.startSpan({
      operation: this.#egress ? `egress ${headers.authority ?? ''}` : 'ingress',
      side: this.#egress && !this.#settings.spawnsUpstream ? 'client' : 'server',
      startTimeWall: info.startTimeWall,
      headers,
      streamInfo: info,
      traced: reason !== 'none',
    })
    if (span !== undefined) {
      span.setTag('node_id', this.#context.localInfo.nodeId)
      span.setTag('zone', this.#context.localInfo.zone)
      info.span = span
      stream.trace = new RequestTrace(span, this.#settings, this.#attemptSide, stream, this.#context.dispatcher)
    }
    this.#decorate(stream, headers, ofRoute)
  }

  /** The request goes by another route than when it was begun. */
  refresh(stream: TracedStream, headers: RequestHeaders): void {
    const { streamInfo: info } = stream
    const ofRoute = info.route?.tracing
    const reason = this.#decide(headers, ofRoute?.sampling ?? this.#settings.sampling)
    info.traceReason = reason
    const span = stream.trace?.span
    if (span?.followsLocalDecision === true) span.setSampled(reason !== 'none')
    this.#decorate(stream, headers, ofRoute)
  }

  #decorate(stream: TracedStream, headers: RequestHeaders, ofRoute: RouteTracing | undefined): void {
    const { operation, propagates } = ofRoute ?? NO_DECORATOR
    const span = stream.trace?.span
    const namedByClient = stream.decoratedOperation === ''
    stream.decoratedOperation = undefined
    if (this.#hasOperation(ofRoute)) return
    if (operation !== undefined) span?.setOperation(operation)
    if (this.#egress) {
      if (operation !== undefined && propagates) headers.set(DECORATOR, operation)
      return
    }
    if (namedByClient) stream.decoratedOperation = ''
    else if (propagates) stream.decoratedOperation = operation
    if (!headers.mayHave(DECORATED)) return
    const requested = headers.get(DECORATOR)
    if (requested === undefined) return
    // The client's own name for it takes precedence, and goes no further.
    headers.remove(DECORATOR)
    if (requested === '') return
    span?.setOperation(requested)
    stream.decoratedOperation = ''
  }

  /** A configured name leaves no room for any other, and nobody is told it. */
  #hasOperation(ofRoute: RouteTracing | undefined): boolean {
    return (ofRoute?.operationFormat ?? this.#settings.operation) !== undefined
  }

  markResponse(stream: TracedStream, headers: ResponseHeaders): void {
    if (!this.#egress) {
      const { decoratedOperation = '' } = stream
      if (decoratedOperation !== '') headers.set(DECORATOR, decoratedOperation)
      return
    }
    const name = headers.get(DECORATOR)
    if (name === undefined || this.#hasOperation(stream.streamInfo.route?.tracing)) return
    headers.remove(DECORATOR)
    if (name !== '') stream.trace?.span.setOperation(name)
  }

  #decide(headers: RequestHeaders, sampling: TraceSampling): TraceReason {
    const id = headers.get(REQUEST_ID) ?? ''
    const draw = this.#ids.samples ? requestIdNumber(id) : this.#context.random.u32()
    if (draw === undefined) return 'none'
    const runtime = this.#context.runtime.current
    const before = this.#ids.packs ? traceReasonOf(id) : 'none'
    let reason = before
    if (reason === 'none') {
      const byClient = () =>
        runtime.fractionEnabled('tracing.client_enabled', sampling.client, this.#context.random.u32())
      if (headers.has('x-client-trace-id') && byClient()) reason = 'client'
      else if (headers.has('x-envoy-force-trace')) reason = 'forced'
      else if (runtime.fractionEnabled('tracing.random_sampling', sampling.random, draw)) reason = 'sampled'
    }
    if (reason !== 'none' && !runtime.fractionEnabled('tracing.global_enabled', sampling.overall, draw)) reason = 'none'
    if (reason !== before && this.#ids.packs) headers.set(REQUEST_ID, withTraceReason(id, reason))
    return reason
  }

  /** With each response, also an interim one. */
  count({ healthCheck, traceReason }: StreamInfo): void {
    const stats = this.#stats
    if (stats === undefined) return
    switch (healthCheck === true ? 'none' : traceReason) {
      case undefined:
      case 'none':
        return stats.tracingNotTraceable.inc()
      case 'client':
        return stats.tracingClientEnabled.inc()
      case 'forced':
        return stats.tracingServiceForced.inc()
      case 'sampled':
        return stats.tracingRandomSampling.inc()
    }
  }
}

const NO_DECORATOR = { operation: undefined, propagates: false }
