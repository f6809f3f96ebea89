/*
 * Distributed tracing. A tracer (category envoy.tracers) makes spans; the connection manager makes one for each request that
 * has a tracer and says what it was, the router makes one for each attempt where that is configured. A tracer is made once per
 * thread and provider; it decides which spans it sends where, and keeps them until it does.
 *
 * Texts are wire text (latin1, one byte a code unit). Wall-clock times are milliseconds since the epoch, with fractions.
 */
import type { FormatterContext } from './access-log.ts'
import type { RequestHeaders } from './headers.ts'
import type { StreamInfo } from './stream-info.ts'

/** What the text of a tag stands for, for tracers that tell values apart; a text that is none of it stays one. */
export type TagType = 'UNSPECIFIED' | 'STRING' | 'INT' | 'DOUBLE' | 'BOOL'

/** Why a request is traced; `none`: it is not. */
export type TraceReason = 'none' | 'sampled' | 'forced' | 'client'

/** Which side of a request a span is of. */
export type SpanSide = 'server' | 'client'

export interface SpanStart {
  readonly operation: string
  readonly side: SpanSide
  readonly startTimeWall: number
  /** Of the request; what they say of a trace takes part in it. */
  readonly headers: RequestHeaders
  readonly streamInfo: StreamInfo
  /** What the connection manager decided. */
  readonly traced: boolean
}

export interface Tracer {
  /** undefined: what the headers say makes no sense, and the request goes on without. */
  startSpan(start: SpanStart): Span | undefined
  /** Lets go of timers and of what was not sent. Refers to nothing that would keep the tracer itself. */
  readonly end: () => void
}

export interface Span {
  /** Hexadecimal; '' where the tracer tells none. */
  readonly traceId: string
  readonly spanId: string
  /** Nobody before this proxy decided, so that a later decision counts. */
  readonly followsLocalDecision: boolean
  setSampled(sampled: boolean): void
  setOperation(name: string): void
  /** Without a type: a text. */
  setTag(name: string, text: string, type?: TagType): void
  /** Something happened at that time. */
  log(wallMs: number, event: string): void
  /** Tells the next one on the way, by headers of the request. */
  inject(headers: RequestHeaders): void
  /** A span inside of this one; `side`: as the connection manager sees it, which not all tracers follow. */
  spawnChild(operation: string, startTimeWall: number, side: SpanSide): Span
  /** Once, last. */
  finish(): void
}

/** A tag of every span, besides the standard ones. */
export interface CustomTag {
  readonly name: string
  readonly type: TagType
  /** undefined: this span has none. */
  text(context: FormatterContext): string | undefined
}

/** The trace of one request, for those who send it on. */
export interface StreamTrace {
  readonly span: Span
  /** Upstreams are told of it. */
  readonly propagates: boolean
  /** Attempts have spans of their own. */
  readonly spawnsUpstream: boolean
  /** `attempt`: 1 for the first. */
  startAttempt(clusterName: string, attempt: number): AttemptSpan
  /** A copy of the request goes to another cluster; undefined `sampled`: as the original. */
  startMirror(sampled: boolean | undefined): MirrorSpan
}

/** What is known of an attempt when its span ends. */
export interface AttemptFacts {
  readonly streamInfo: StreamInfo
  readonly response: FormatterContext['response']
  readonly responseTrailers: FormatterContext['responseTrailers']
}

/** The span of one attempt. */
export interface AttemptSpan {
  readonly span: Span
  onCancelled(): void
  /** `reason` in words. */
  onReset(reason: string): void
  /** Later calls have no effect. */
  end(facts: AttemptFacts): void
}

/** The span of a mirrored request. */
export interface MirrorSpan {
  readonly span: Span
  end(facts: AttemptFacts): void
}

/** OpenTelemetry: chooses which traces are recorded (category envoy.tracers.opentelemetry.samplers). */
export interface TraceSampler {
  sample(request: SampleRequest): SampleResult
}

export interface SampleRequest {
  readonly traceId: string
  /** Of the span before, where there is one. */
  readonly parent: SampleResult | undefined
}

export interface SampleResult {
  readonly sampled: boolean
  readonly traceState: string
}

/** OpenTelemetry: what is known of this process (category envoy.tracers.opentelemetry.resource_detectors). */
export type ResourceAttributes = Readonly<Record<string, string>>
