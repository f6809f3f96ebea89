/** A tree that is asked about one stream, again whenever more of the stream has come, until it decides. */
import type { RequestHeaders, ResponseHeaders } from '../../../../../api/headers.ts'
import type { StreamInfo } from '../../../../../api/stream-info.ts'
import type { MatchingData } from '../../../../../config/matchers/tree/match-tree.ts'
import type { FilterAction, FilterMatcher } from './filter-action.ts'

export class MatcherOfStream {
  request: RequestHeaders | undefined = undefined
  response: ResponseHeaders | undefined = undefined
  #decided = false

  get decided(): boolean {
    return this.#decided
  }

  /** What the tree decides now; undefined: nothing yet, or that nothing matches. */
  ask(
    { tree }: FilterMatcher,
    streamInfo: StreamInfo,
    trailers: Pick<MatchingData, 'requestTrailers' | 'responseTrailers'>,
  ): FilterAction | undefined {
    const { request, response } = this
    const result = tree.match({ streamInfo, request, response, ...trailers })
    if (result.kind === 'insufficient-data') return undefined
    this.#decided = true
    return result.kind === 'match' ? result.action : undefined
  }
}
