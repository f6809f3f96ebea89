/**
 * The levels of header mutation that apply to a route, in the order of evaluation: weighted cluster, route,
 * virtual host, route table, so that the least specific word comes last and wins. `most_specific_header_mutations_wins`
 * turns the last three round; the weighted cluster is the first all the same, and its host takes the place of the request's
 * before the others look, as in Envoy.
 */
import type { RequestHeaders, ResponseHeaders } from '../api/headers.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { HeaderMutations, MutationPair } from './header-mutations.ts'
import { applyMutations, isEmpty, mutationContext } from './header-mutations.ts'

export class MutationLevels {
  readonly #requestOfCluster: HeaderMutations | undefined
  /** '' for the request's own. */
  readonly #host: string
  readonly #request: readonly HeaderMutations[]
  readonly #response: readonly HeaderMutations[]

  /** `levels` from the most to the least specific, without that of the weighted cluster. */
  constructor(
    cluster: { readonly mutations: MutationPair; readonly host: string } | undefined,
    levels: readonly MutationPair[],
    mostSpecificWins: boolean,
  ) {
    const others = mostSpecificWins ? levels.toReversed() : levels
    const ordered = cluster === undefined ? others : [cluster.mutations, ...others]
    const ofCluster = cluster?.mutations.request
    this.#requestOfCluster = ofCluster === undefined || isEmpty(ofCluster) ? undefined : ofCluster
    this.#host = cluster?.host ?? ''
    this.#request = others.map((level) => level.request).filter((mutations) => !isEmpty(mutations))
    this.#response = ordered.map((level) => level.response).filter((mutations) => !isEmpty(mutations))
  }

  applyToRequest(headers: RequestHeaders, streamInfo: StreamInfo): void {
    if (this.#requestOfCluster !== undefined) {
      applyMutations(this.#requestOfCluster, headers, mutationContext(headers, undefined, streamInfo))
    }
    if (this.#host !== '') headers.authority = this.#host
    if (this.#request.length === 0) return
    const context = mutationContext(headers, undefined, streamInfo)
    for (const mutations of this.#request) applyMutations(mutations, headers, context)
  }

  applyToResponse(headers: ResponseHeaders, streamInfo: StreamInfo): void {
    if (this.#response.length === 0) return
    const context = mutationContext(streamInfo.requestHeaders, headers, streamInfo)
    for (const mutations of this.#response) applyMutations(mutations, headers, context)
  }
}
