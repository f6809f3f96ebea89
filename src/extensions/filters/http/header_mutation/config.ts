/** envoy.extensions.filters.http.header_mutation.v3.HeaderMutation and HeaderMutationPerRoute, parsed. */
import type { Reader } from '../../../../api/config.ts'
import { readFormatterExtensions } from '../../../../formatter/formatter-extensions.ts'
import type { HeaderMutation } from '../../../../router/header-mutation-list.ts'
import { readHeaderMutations } from '../../../../router/header-mutation-list.ts'
import type { QueryMutation } from './query-mutation.ts'
import { readQueryMutations } from './query-mutation.ts'

/** Lists are applied in order. */
export interface Mutations {
  readonly request: readonly HeaderMutation[]
  readonly query: readonly QueryMutation[]
  readonly requestTrailers: readonly HeaderMutation[]
  readonly response: readonly HeaderMutation[]
  readonly responseTrailers: readonly HeaderMutation[]
}

export interface HeaderMutationConfig {
  readonly mutations: Mutations
  /** Of the levels of a route, the most specific one is applied last. */
  readonly mostSpecificWins: boolean
}

const NONE: Mutations = { request: [], query: [], requestTrailers: [], response: [], responseTrailers: [] }

export function parseHeaderMutation(reader: Reader): HeaderMutationConfig {
  return {
    mutations: parseHeaderMutationPerRoute(reader),
    mostSpecificWins: reader.bool('most_specific_header_mutations_wins', false),
  }
}

export function parseHeaderMutationPerRoute(reader: Reader): Mutations {
  return reader.message('mutations', readMutations) ?? NONE
}

function readMutations(reader: Reader): Mutations {
  const operators = readFormatterExtensions(reader)
  return {
    request: readHeaderMutations(reader, 'request_mutations', operators),
    query: readQueryMutations(reader, 'query_parameter_mutations', operators),
    requestTrailers: readHeaderMutations(reader, 'request_trailers_mutations', operators),
    response: readHeaderMutations(reader, 'response_mutations', operators),
    responseTrailers: readHeaderMutations(reader, 'response_trailers_mutations', operators),
  }
}
