/** Runs the filter that a matcher chooses for the stream, or none: its own matcher, or one around it (match_delegate). */
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import type { FilterStateObject } from '../../../../api/stream-info.ts'
import type { Counter } from '../../../../api/stats.ts'
import type {
  ActionFactories,
  ExecuteFilterAction,
  FilterMatcher,
  TakesFilterAction,
} from '../common/matching/filter-action.ts'
import { innerCallbacks } from '../common/matching/inner-callbacks.ts'
import { innerFilters } from '../common/matching/inner-filter.ts'
import { WrappingFilter } from '../common/matching/wrapping-filter.ts'

export interface CompositeShared {
  readonly matcher: FilterMatcher | undefined
  readonly factories: ActionFactories
  readonly delegationSuccess: Counter
  readonly delegationError: Counter
}

/** Which filter was chosen, by the name of the composite one. */
const MATCHED_ACTIONS = 'envoy.extensions.filters.http.composite.matched_actions'

export class CompositeFilter extends WrappingFilter implements TakesFilterAction {
  readonly #shared: CompositeShared

  constructor(shared: CompositeShared) {
    super()
    this.#shared = shared
  }

  override decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    this.#askOwnMatcher(headers)
    return super.decodeHeaders(headers, end)
  }

  takeFilterAction(action: ExecuteFilterAction): void {
    const { factories, delegationSuccess, delegationError } = this.#shared
    if (!factories.samples(action)) return
    const [filter, ...more] = innerFilters(factories.of(action))
    if (filter === undefined || more.length > 0) {
      for (const each of more) WrappingFilter.destroy(each)
      if (filter !== undefined) WrappingFilter.destroy(filter)
      delegationError.inc()
      return
    }
    delegationSuccess.inc()
    filter.decoder?.setDecoderCallbacks(innerCallbacks(this.decoderCallbacks))
    filter.encoder?.setEncoderCallbacks(innerCallbacks(this.encoderCallbacks))
    this.inner = filter
    this.#leaveName(action.filter.name)
  }

  onDestroy(): void {
    WrappingFilter.destroy(this.inner)
  }

  onStreamComplete(): void {
    WrappingFilter.complete(this.inner)
  }

  #askOwnMatcher(request: RequestHeaders): void {
    const { streamInfo, perRouteConfig } = this.decoderCallbacks
    const matcher = (perRouteConfig as FilterMatcher | undefined) ?? this.#shared.matcher
    if (matcher === undefined) return
    this.#shared.factories.prepare(matcher)
    const result = matcher.tree.match({ streamInfo, request })
    if (result.kind === 'match' && result.action.kind === 'execute') this.takeFilterAction(result.action)
  }

  #leaveName(name: string): void {
    const { streamInfo, filterName } = this.decoderCallbacks
    const before = streamInfo.filterState.get(MATCHED_ACTIONS)?.serializeAsJson?.() as object | undefined
    streamInfo.filterState.set(MATCHED_ACTIONS, new MatchedActions({ ...before, [filterName]: name }))
  }
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
