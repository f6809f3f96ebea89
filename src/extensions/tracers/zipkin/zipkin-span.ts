/** A span as Zipkin has it. */
import type { RequestHeaders } from '../../../api/headers.ts'
import type { Span, SpanSide } from '../../../api/tracing.ts'
import { traceParentText } from '../common/trace-parent.ts'
import type { SpanContext } from './span-context.ts'

export interface Annotation {
  readonly wallMs: number
  readonly text: string
}

/** How a span fits into what is around it. */
export interface SpanPlace {
  readonly context: SpanContext
  readonly sampled: boolean
  readonly isSingle: boolean
  readonly followsLocalDecision: boolean
}

export interface SpanOwner {
  readonly speaksW3c: boolean
  readonly wallNow: number
  /** Of a span inside of one with this context. */
  placeChild(parent: SpanContext, side: SpanSide): Pick<SpanPlace, 'context'> & { readonly side: SpanSide }
  report(span: ZipkinSpan): void
}

export class ZipkinSpan implements Span {
  readonly spanId = ''
  readonly context: SpanContext
  readonly side: SpanSide
  readonly startTimeWall: number
  readonly tags = new Map<string, string>()
  readonly annotations: Annotation[] = []
  readonly followsLocalDecision: boolean
  name: string
  endTimeWall = 0
  readonly #owner: SpanOwner
  readonly #isSingle: boolean
  #sampled: boolean

  constructor(owner: SpanOwner, name: string, side: SpanSide, startTimeWall: number, place: SpanPlace) {
    this.#owner = owner
    this.name = name
    this.side = side
    this.startTimeWall = startTimeWall
    this.context = place.context
    this.followsLocalDecision = place.followsLocalDecision
    this.#sampled = place.sampled
    this.#isSingle = place.isSingle
  }

  get traceId(): string {
    return this.context.traceId
  }

  setSampled(sampled: boolean): void {
    this.#sampled = sampled
  }

  setOperation(name: string): void {
    this.name = name
  }

  setTag(name: string, text: string): void {
    if (name !== '' && text !== '') this.tags.set(name, text)
  }

  log(wallMs: number, event: string): void {
    this.annotations.push({ wallMs, text: event })
  }

  inject(headers: RequestHeaders): void {
    const { traceId, spanId, parentId } = this.context
    const sampled = this.#sampled ? '1' : '0'
    if (this.#isSingle) {
      headers.set('b3', `${traceId}-${spanId}-${sampled}${parentId === '' ? '' : `-${parentId}`}`)
    } else {
      headers.set('x-b3-traceid', traceId)
      headers.set('x-b3-spanid', spanId)
      if (parentId !== '') headers.set('x-b3-parentspanid', parentId)
      headers.set('x-b3-sampled', sampled)
    }
    if (!this.#owner.speaksW3c) return
    headers.set('traceparent', traceParentText(traceId.padStart(32, '0'), spanId, this.#sampled))
  }

  spawnChild(operation: string, startTimeWall: number, wanted: SpanSide): Span {
    const { context, side } = this.#owner.placeChild(this.context, wanted)
    return new ZipkinSpan(this.#owner, operation, side, startTimeWall, {
      context,
      sampled: this.#sampled,
      isSingle: this.#isSingle,
      followsLocalDecision: false,
    })
  }

  finish(): void {
    this.endTimeWall = this.#owner.wallNow
    this.log(this.endTimeWall, this.side === 'client' ? 'cr' : 'ss')
    if (this.#sampled) this.#owner.report(this)
  }
}
