/** The spans of one request: its own and those of its attempts and copies. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { Dispatcher } from '../../api/event.ts'
import type {
  AttemptFacts,
  AttemptSpan,
  CustomTag,
  MirrorSpan,
  Span,
  SpanSide,
  StreamTrace,
} from '../../api/tracing.ts'
import { toWireText } from '../../base/wire-text.ts'
import { tagAttempt, tagRequest } from './standard-tags.ts'
import type { TracingSettings } from './tracing-settings.ts'
import { logMoments } from './verbose-log.ts'

export class RequestTrace implements StreamTrace {
  readonly span: Span
  readonly settings: TracingSettings
  readonly #attemptSide: SpanSide
  readonly #context: FormatterContext
  readonly #dispatcher: Dispatcher

  constructor(
    span: Span,
    settings: TracingSettings,
    attemptSide: SpanSide,
    context: FormatterContext,
    dispatcher: Dispatcher,
  ) {
    this.#attemptSide = attemptSide
    this.span = span
    this.settings = settings
    this.#context = context
    this.#dispatcher = dispatcher
  }

  get propagates(): boolean {
    return this.settings.propagates
  }

  get spawnsUpstream(): boolean {
    return this.settings.spawnsUpstream
  }

  startAttempt(clusterName: string, attempt: number): AttemptSpan {
    const name = `router ${toWireText(clusterName)} egress`
    const span = this.span.spawnChild(name, this.#dispatcher.wallNow, this.#attemptSide)
    if (attempt > 1) span.setTag('retry.count', String(attempt - 1))
    return new RequestAttemptSpan(this, span)
  }

  startMirror(sampled: boolean | undefined): MirrorSpan {
    const span = this.span.spawnChild('mirror', this.#dispatcher.wallNow, 'client')
    if (sampled !== undefined) span.setSampled(sampled)
    return {
      span,
      end: (facts) => {
        tagAttempt(span, facts)
        span.finish()
      },
    }
  }

  /** The request is over. */
  finish(): void {
    const { span } = this
    tagRequest(span, this.#context, this.settings.maxPathTagLength)
    this.#complete(span, this.#context.streamInfo, false)
  }

  finishAttempt(span: Span, facts: AttemptFacts): void {
    tagAttempt(span, facts)
    this.#complete(span, facts.streamInfo, true)
  }

  /** What is configured comes last, and in place of anything before it. */
  #complete(span: Span, info: FormatterContext['streamInfo'], isAttempt: boolean): void {
    const { verbose, customTags, operation, upstreamOperation } = this.settings
    if (verbose) logMoments(span, info)
    const context = this.#context
    const ofRoute = context.streamInfo.route?.tracing
    if (ofRoute?.customTags !== undefined) setTags(span, ofRoute.customTags, NONE, context)
    setTags(span, customTags, ofRoute?.customTags ?? NONE, context)
    const named = isAttempt
      ? (ofRoute?.upstreamOperationFormat ?? upstreamOperation)
      : (ofRoute?.operationFormat ?? operation)
    const name = named?.format(context) ?? ''
    if (name !== '') span.setOperation(name)
    span.finish()
  }
}

const NONE: readonly CustomTag[] = []

/** Those of a route take the place of the connection manager's. */
function setTags(
  span: Span,
  tags: readonly CustomTag[],
  instead: readonly CustomTag[],
  context: FormatterContext,
): void {
  for (const tag of tags) {
    if (instead.some(({ name }) => name === tag.name)) continue
    const text = tag.text(context)
    if (text !== undefined) span.setTag(tag.name, text, tag.type)
  }
}

class RequestAttemptSpan implements AttemptSpan {
  readonly span: Span
  readonly #trace: RequestTrace
  #ended = false

  constructor(trace: RequestTrace, span: Span) {
    this.#trace = trace
    this.span = span
  }

  onCancelled(): void {
    if (!this.#ended) this.span.setTag('canceled', 'true')
  }

  onReset(reason: string): void {
    if (this.#ended) return
    this.span.setTag('error', 'true')
    this.span.setTag('error.reason', reason)
  }

  end(facts: AttemptFacts): void {
    if (this.#ended) return
    this.#ended = true
    this.#trace.finishAttempt(this.span, facts)
  }
}
