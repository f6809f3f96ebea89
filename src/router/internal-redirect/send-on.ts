/** Lets a request go on where the redirect of an upstream points, if it may. */
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { InternalRedirectPolicy, Route } from '../../api/route.ts'
import type { KeptRequest } from '../kept-request.ts'
import type { RequestCharges } from '../request-charges.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'
import type { RouterStats } from '../router-stats.ts'
import { followRedirect } from './follow-redirect.ts'

/**
 * True: the stream is over, and another one has taken its place. `whole`: the request is complete, and its body (if there
 * is one) is `kept`.
 */
export function sendsOn(
  policy: InternalRedirectPolicy,
  callbacks: RouterCallbacks,
  route: Route,
  headers: RequestHeaders,
  response: ResponseHeaders,
  whole: boolean,
  kept: KeptRequest | undefined,
  stats: RouterStats,
  charges: RequestCharges,
): boolean {
  if (!policy.codes.includes(response.status)) return false
  const outcome = whole ? followRedirect(policy, callbacks, route, headers, response, stats) : 'pass-on'
  const body = outcome === 'follow' ? kept?.body : undefined
  const followed = outcome !== 'pass-on' && callbacks.recreateStream(response, body)
  charges.count(followed ? 'upstream_internal_redirect_succeeded_total' : 'upstream_internal_redirect_failed_total')
  return followed
}
