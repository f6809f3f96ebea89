/** Listener.filter_chain_matcher: a matcher tree over the connection that names the filter chain, in place of criteria. */
import type { Reader } from '../api/config.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { MatchTree } from '../config/matchers/tree/match-tree.ts'
import { readMatchTree, refuseAction } from '../config/matchers/tree/read-match-tree.ts'

/** Actions are names of chains; a name that no chain has refuses the connection. */
export type FilterChainMatcher = MatchTree<string>

export function readFilterChainMatcher(reader: Reader): FilterChainMatcher {
  return readMatchTree(reader, {
    inputs: 'network',
    readAction: (any, at) =>
      any.typeName === 'google.protobuf.StringValue' ? any.reader.string('value') : refuseAction(at, any),
  })
}

/** Unlike with criteria, a name without a chain does not fall back to the default chain. */
export function chainByMatcher<T extends { readonly description: { readonly name: string } }>(
  matcher: FilterChainMatcher,
  chains: readonly T[],
  defaultChain: T | undefined,
  streamInfo: StreamInfo,
): T | undefined {
  const result = matcher.match({ streamInfo, request: undefined })
  if (result.kind !== 'match') return defaultChain
  return chains.find(({ description }) => description.name === result.action)
}
