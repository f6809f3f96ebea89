/**
 * A filter that a matcher stands around: it is skipped when the tree says so (and when there is no tree), or told what the
 * tree decided. The tree is asked whenever more of the stream has come, until it decides.
 */
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type { DecoderCallbacks, EncoderCallbacks, HeadersStatus, TrailersStatus } from '../../../../api/http.ts'
import type { MatchingData } from '../../../../config/matchers/tree/match-tree.ts'
import type { ActionFactories, FilterMatcher } from '../common/matching/filter-action.ts'
import { takesFilterAction } from '../common/matching/filter-action.ts'
import { innerCallbacks } from '../common/matching/inner-callbacks.ts'
import type { InnerFilter } from '../common/matching/inner-filter.ts'
import { MatcherOfStream } from '../common/matching/matcher-of-stream.ts'
import { WrappingFilter } from '../common/matching/wrapping-filter.ts'

const SKIPPED: InnerFilter = { decoder: undefined, encoder: undefined }

export class MatchDelegateFilter extends WrappingFilter {
  readonly #filter: InnerFilter
  readonly #matcher: FilterMatcher | undefined
  readonly #factories: ActionFactories
  readonly #asked = new MatcherOfStream()

  constructor(filter: InnerFilter, matcher: FilterMatcher | undefined, factories: ActionFactories) {
    super()
    this.#filter = filter
    this.#matcher = matcher
    this.#factories = factories
    this.inner = filter
  }

  override setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    super.setDecoderCallbacks(callbacks)
    this.#filter.decoder?.setDecoderCallbacks(innerCallbacks(callbacks))
  }

  override setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    super.setEncoderCallbacks(callbacks)
    this.#filter.encoder?.setEncoderCallbacks(innerCallbacks(callbacks))
  }

  override decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    this.#asked.request = headers
    this.#ask({})
    return super.decodeHeaders(headers, end)
  }

  override decodeTrailers(trailers: Trailers): TrailersStatus {
    this.#ask({ requestTrailers: trailers })
    return super.decodeTrailers(trailers)
  }

  override encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    this.#asked.response = headers
    this.#ask({})
    return super.encodeHeaders(headers, end)
  }

  override encodeTrailers(trailers: Trailers): TrailersStatus {
    this.#ask({ responseTrailers: trailers })
    return super.encodeTrailers(trailers)
  }

  /** Also of a filter that was skipped: it was made, after all. */
  onDestroy(): void {
    WrappingFilter.destroy(this.#filter)
  }

  onStreamComplete(): void {
    WrappingFilter.complete(this.#filter)
  }

  #ask(trailers: Pick<MatchingData, 'requestTrailers' | 'responseTrailers'>): void {
    if (this.#asked.decided || this.inner === SKIPPED) return
    const { streamInfo, perRouteConfig } = this.decoderCallbacks
    const matcher = (perRouteConfig as FilterMatcher | undefined) ?? this.#matcher
    if (matcher === undefined) return this.#skip()
    this.#factories.prepare(matcher)
    const action = this.#asked.ask(matcher, streamInfo, trailers)
    if (action === undefined) return
    if (action.kind === 'skip') return this.#skip()
    const { decoder } = this.#filter
    if (takesFilterAction(decoder)) decoder.takeFilterAction(action)
  }

  #skip(): void {
    this.inner = SKIPPED
  }
}
