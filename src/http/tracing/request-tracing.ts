/**
 * Which requests are traced, and what they carry of it (Envoy's mutateTracingRequestHeader and traceRequest). There is no
 * tracer to send spans to; the choice shows all the same: in request ids, statistics, logs and decorator headers.
 */
import type { FactoryContext } from '../../api/extension.ts'
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { Route, TraceSampling } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { RequestIdSettings } from '../connection-manager-settings.ts'
import type { ConnectionManagerStats } from '../connection-manager-stats.ts'
import type { TraceReason } from './request-id-trace.ts'
import { requestIdNumber, traceReasonOf, withTraceReason } from './request-id-trace.ts'

const REQUEST_ID = 'x-request-id'
const DECORATOR = 'x-envoy-decorator-operation'

export class RequestTracing {
  readonly #sampling: TraceSampling
  readonly #ids: RequestIdSettings
  readonly #context: FactoryContext
  readonly #stats: ConnectionManagerStats['tracing']
  readonly #egress: boolean

  constructor(
    sampling: TraceSampling,
    ids: RequestIdSettings,
    context: FactoryContext,
    stats: ConnectionManagerStats['tracing'],
  ) {
    this.#sampling = sampling
    this.#ids = ids
    this.#context = context
    this.#stats = stats
    this.#egress = context.listenerDirection === 'OUTBOUND'
  }

  /** Once the route is known. What the response is to be decorated with, if anything. */
  markRequest(headers: RequestHeaders, route: Route | undefined, info: StreamInfo): string | undefined {
    const reason = this.#decide(headers, route?.tracing?.sampling ?? this.#sampling)
    info.traceForced = reason === 'forced'
    this.#count(reason)
    const { operation, propagates } = route?.tracing ?? NO_DECORATOR
    if (this.#egress) {
      if (operation !== undefined && propagates) headers.set(DECORATOR, operation)
      return undefined
    }
    // The client's own name for it takes precedence, and goes no further.
    const overridden = headers.has(DECORATOR)
    if (overridden) headers.remove(DECORATOR)
    return overridden || !propagates ? undefined : operation
  }

  markResponse(headers: ResponseHeaders, operation: string | undefined): void {
    if (this.#egress) headers.remove(DECORATOR)
    else if (operation !== undefined) headers.set(DECORATOR, operation)
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

  #count(reason: TraceReason): void {
    const stats = this.#stats
    if (stats === undefined) return
    switch (reason) {
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
