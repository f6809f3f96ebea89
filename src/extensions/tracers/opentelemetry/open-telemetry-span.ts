/** A span as OpenTelemetry has it. */
import type { RequestHeaders } from '../../../api/headers.ts'
import type { Span, SpanSide, TagType } from '../../../api/tracing.ts'
import { traceParentText } from '../common/trace-parent.ts'
import type { TagValue } from './tag-value.ts'
import { tagValue } from './tag-value.ts'

export interface SpanEvent {
  readonly wallMs: number
  readonly text: string
}

/** How a span fits into what is around it. */
export interface SpanPlace {
  readonly traceId: string
  readonly spanId: string
  readonly traceState: string
  readonly parent: { readonly spanId: string; readonly isRemote: boolean } | undefined
  readonly sampled: boolean
  readonly followsLocalDecision: boolean
}

export interface SpanOwner {
  readonly wallNow: number
  placeChild(parent: OpenTelemetrySpan): SpanPlace
  report(span: OpenTelemetrySpan): void
}

/** Statuses of gRPC that a server is to blame for. */
const SERVER_ERRORS: ReadonlySet<string> = new Set(['2', '4', '12', '13', '14', '15'])

/** Of HTTP itself; other methods are any number (OpenTelemetry's conventions). */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

export class OpenTelemetrySpan implements Span {
  readonly place: SpanPlace
  readonly side: SpanSide
  readonly startTimeWall: number
  readonly attributes = new Map<string, TagValue>()
  readonly events: SpanEvent[] = []
  name: string
  status: 'unset' | 'error' | undefined = undefined
  endTimeWall = 0
  sampled: boolean
  readonly #owner: SpanOwner

  constructor(owner: SpanOwner, name: string, side: SpanSide, startTimeWall: number, place: SpanPlace) {
    this.#owner = owner
    this.name = name
    this.side = side
    this.startTimeWall = startTimeWall
    this.place = place
    this.sampled = place.sampled
  }

  get traceId(): string {
    return this.place.traceId
  }

  get spanId(): string {
    return this.place.spanId
  }

  get followsLocalDecision(): boolean {
    return this.place.followsLocalDecision
  }

  setSampled(sampled: boolean): void {
    this.sampled = sampled
  }

  setOperation(name: string): void {
    this.name = name
  }

  setTag(name: string, text: string, type: TagType = 'STRING'): void {
    if (name === '') return
    if (name === 'http.status_code') this.#judgeHttp(Number(text))
    else if (name === 'grpc.status_code') this.#judgeGrpc(text)
    this.attributes.set(name, name === 'http.method' ? knownMethod(text) : tagValue(text, type))
  }

  /** A client is to blame for 4xx, and its own span says that it failed. */
  #judgeHttp(status: number): void {
    if (status >= (this.side === 'client' ? 400 : 500)) this.status = 'error'
  }

  #judgeGrpc(status: string): void {
    const failed = this.side === 'client' ? status !== '0' : SERVER_ERRORS.has(status)
    this.status = failed ? 'error' : 'unset'
  }

  log(wallMs: number, event: string): void {
    this.events.push({ wallMs, text: event })
  }

  inject(headers: RequestHeaders): void {
    const { traceId, spanId, traceState } = this.place
    headers.set('traceparent', traceParentText(traceId, spanId, this.sampled))
    headers.set('tracestate', traceState)
  }

  spawnChild(operation: string, startTimeWall: number): Span {
    const place = this.#owner.placeChild(this)
    return new OpenTelemetrySpan(this.#owner, operation, 'client', startTimeWall, place)
  }

  finish(): void {
    this.endTimeWall = this.#owner.wallNow
    if (this.sampled) this.#owner.report(this)
  }
}

function knownMethod(method: string): string {
  return METHODS.has(method) ? method : '_OTHER'
}
