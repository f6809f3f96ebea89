/** Runs the filter that a matcher chooses for the stream, or none: its own matcher, or one around it (match_delegate). */
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type { HeadersStatus, HttpFilterFactory, TrailersStatus } from '../../../../api/http.ts'
import type { FilterStateObject } from '../../../../api/stream-info.ts'
import type { Counter } from '../../../../api/stats.ts'
import type {
  ActionFactories,
  ExecuteFilterAction,
  FilterMatcher,
  TakesFilterAction,
} from '../common/matching/filter-action.ts'
import { innerCallbacks } from '../common/matching/inner-callbacks.ts'
import { MatcherOfStream } from '../common/matching/matcher-of-stream.ts'
import { FilterSequence } from './filter-sequence.ts'
import type { MatchingData } from '../../../../config/matchers/tree/match-tree.ts'
import type { InnerFilter } from '../common/matching/inner-filter.ts'
import { innerFilters } from '../common/matching/inner-filter.ts'
import { WrappingFilter } from '../common/matching/wrapping-filter.ts'

export interface CompositeShared {
  readonly matcher: FilterMatcher | undefined
  readonly factories: ActionFactories
  readonly namedChains: ReadonlyMap<string, HttpFilterFactory>
  readonly delegationSuccess: Counter
  readonly delegationError: Counter
}

/** Which filter was chosen, by the name of the composite one. */
const MATCHED_ACTIONS = 'envoy.extensions.filters.http.composite.matched_actions'

export class CompositeFilter extends WrappingFilter implements TakesFilterAction {
  readonly #shared: CompositeShared
  readonly #asked = new MatcherOfStream()

  constructor(shared: CompositeShared) {
    super()
    this.#shared = shared
  }

  override decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    this.#asked.request = headers
    this.#askOwnMatcher({})
    return super.decodeHeaders(headers, end)
  }

  override decodeTrailers(trailers: Trailers): TrailersStatus {
    this.#askOwnMatcher({ requestTrailers: trailers })
    return super.decodeTrailers(trailers)
  }

  override encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    this.#asked.response = headers
    this.#askOwnMatcher({})
    return super.encodeHeaders(headers, end)
  }

  override encodeTrailers(trailers: Trailers): TrailersStatus {
    this.#askOwnMatcher({ responseTrailers: trailers })
    return super.encodeTrailers(trailers)
  }

  takeFilterAction({ run, ...action }: ExecuteFilterAction): void {
    const { factories, namedChains, delegationSuccess, delegationError } = this.#shared
    if (!factories.samples(action)) return
    const factory = run.kind === 'named-chain' ? namedChains.get(run.name) : factories.of(run)
    if (factory === undefined) return
    const filters = innerFilters(factory)
    if (run.kind === 'filter' && filters.length > 1) {
      for (const each of filters) WrappingFilter.destroy(each)
      delegationError.inc()
      return
    }
    const filter = filters.length > 1 ? inSequence(filters) : filters[0]
    if (filter === undefined) return
    delegationSuccess.inc()
    filter.decoder?.setDecoderCallbacks(innerCallbacks(this.decoderCallbacks))
    filter.encoder?.setEncoderCallbacks(innerCallbacks(this.encoderCallbacks))
    this.inner = filter
    this.#leaveName(run.kind === 'filter' ? run.filter.name : run.name)
  }

  onDestroy(): void {
    WrappingFilter.destroy(this.inner)
  }

  onStreamComplete(): void {
    WrappingFilter.complete(this.inner)
  }

  #askOwnMatcher(trailers: Pick<MatchingData, 'requestTrailers' | 'responseTrailers'>): void {
    if (this.#asked.decided) return
    const { streamInfo, perRouteConfig } = this.decoderCallbacks
    const matcher = (perRouteConfig as FilterMatcher | undefined) ?? this.#shared.matcher
    if (matcher === undefined) return
    this.#shared.factories.prepare(matcher)
    const action = this.#asked.ask(matcher, streamInfo, trailers)
    if (action?.kind === 'execute') this.takeFilterAction(action)
  }

  #leaveName(name: string): void {
    const { streamInfo, filterName } = this.decoderCallbacks
    const before = streamInfo.filterState.get(MATCHED_ACTIONS)?.serializeAsJson?.() as object | undefined
    streamInfo.filterState.set(MATCHED_ACTIONS, new MatchedActions({ ...before, [filterName]: name }))
  }
}

function inSequence(filters: readonly InnerFilter[]): InnerFilter {
  const sequence = new FilterSequence(filters)
  return { decoder: sequence, encoder: sequence }
}

class MatchedActions implements FilterStateObject {
  readonly #names: Readonly<Record<string, string>>

  constructor(names: Readonly<Record<string, string>>) {
    this.#names = names
  }

  serializeAsString(): string {
    return JSON.stringify(this.#names)
  }

  serializeAsJson(): unknown {
    return this.#names
  }
}
