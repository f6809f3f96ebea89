/**
 * The generic matcher (xds.type.matcher.v3.Matcher, envoy.config.common.matcher.v3.Matcher): from what is known of a
 * stream to an action. What an action is, who reads the tree says.
 */
import type { Message } from '../../../api/config.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../api/headers.ts'
import type { Runtime } from '../../../api/runtime.ts'
import type { Scope } from '../../../api/stats.ts'
import type { StreamInfo } from '../../../api/stream-info.ts'

/** What a tree may look at. A part that is undefined has not come yet, and a predicate over it cannot be decided. */
export interface MatchingData {
  readonly streamInfo: StreamInfo
  readonly request: RequestHeaders | undefined
  readonly requestTrailers?: Trailers | undefined
  readonly response?: ResponseHeaders | undefined
  readonly responseTrailers?: Trailers | undefined
  /** Value of a tag that a stat is about to get. */
  readonly tagValue?: string
  /** Of a host that is about to get a transport socket, and of its locality. */
  readonly endpointMetadata?: Message | undefined
  readonly localityMetadata?: Message | undefined
}

export type MatchResult<A> =
  | { readonly kind: 'match'; readonly action: A }
  | { readonly kind: 'no-match' }
  /** Something that was asked for has not come yet: ask again when there is more. */
  | { readonly kind: 'insufficient-data' }

/** Told of each action that matched under `keep_matching`, in order. */
export type SkippedMatch<A> = (action: A) => void

/** A node of the tree: decides, or goes to the nodes below. Allocates nothing. */
export type MatchNode<A> = (data: MatchingData, skipped: SkippedMatch<A> | undefined) => MatchResult<A>

export interface MatchTree<A> {
  match(data: MatchingData, skipped?: SkippedMatch<A>): MatchResult<A>
  /** Gives the tree what its predicates use of the thread; once, before the first `match`. */
  bind(deps: MatchTreeDeps): void
}

export interface MatchTreeDeps {
  readonly runtime: Runtime
  /** The server's root. */
  readonly scope: Scope
}

export const NO_MATCH = { kind: 'no-match' } as const
export const INSUFFICIENT_DATA = { kind: 'insufficient-data' } as const
