/** Counters of the router filter under `http.<stat_prefix>.`. */
import type { Counter, Scope } from '../api/stats.ts'

export interface RouterStats {
  readonly noRoute: Counter
  readonly noCluster: Counter
  readonly rqRedirect: Counter
  readonly rqDirectResponse: Counter
  readonly rqTotal: Counter
  readonly rqOverloadLocalReply: Counter
  readonly redirectBadLocation: Counter
  readonly redirectNoRoute: Counter
  readonly redirectPredicate: Counter
  readonly redirectTooMany: Counter
  readonly redirectUnsafeScheme: Counter
  readonly rqResetAfterDownstreamResponseStarted: Counter
}

export function createRouterStats(scope: Scope): RouterStats {
  return {
    redirectBadLocation: scope.counter('passthrough_internal_redirect_bad_location'),
    redirectNoRoute: scope.counter('passthrough_internal_redirect_no_route'),
    redirectPredicate: scope.counter('passthrough_internal_redirect_predicate'),
    redirectTooMany: scope.counter('passthrough_internal_redirect_too_many_redirects'),
    redirectUnsafeScheme: scope.counter('passthrough_internal_redirect_unsafe_scheme'),
    noRoute: scope.counter('no_route'),
    noCluster: scope.counter('no_cluster'),
    rqRedirect: scope.counter('rq_redirect'),
    rqDirectResponse: scope.counter('rq_direct_response'),
    rqTotal: scope.counter('rq_total'),
    rqOverloadLocalReply: scope.counter('rq_overload_local_reply'),
    rqResetAfterDownstreamResponseStarted: scope.counter('rq_reset_after_downstream_response_started'),
  }
}
