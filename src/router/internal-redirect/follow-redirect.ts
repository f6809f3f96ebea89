/**
 * Turns a request into the one that an upstream's redirect asks for, when the route allows that (Envoy:
 * convertRequestHeadersForInternalRedirect). Where it does not, the request is as it was.
 */
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { InternalRedirectPolicy, RedirectHistory, Route } from '../../api/route.ts'
import type { Counter } from '../../api/stats.ts'
import { parseAbsoluteUrl } from '../absolute-url.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'
import type { RouterStats } from '../router-stats.ts'

export type RedirectOutcome = 'follow' | 'follow-without-body' | 'pass-on'

export function followRedirect(
  policy: InternalRedirectPolicy,
  callbacks: RouterCallbacks,
  route: Route,
  headers: RequestHeaders,
  response: ResponseHeaders,
  stats: RouterStats,
): RedirectOutcome {
  const location = response.get('location')
  if (location === undefined) return 'pass-on'
  const url = parseAbsoluteUrl(location)
  if (url === undefined) return refuse(stats.redirectBadLocation)
  const fromHttps = headers.scheme !== 'http' && callbacks.connection?.ssl !== undefined
  const toHttps = url.scheme !== 'http'
  if (!policy.allowsCrossScheme && fromHttps !== toHttps) return refuse(stats.redirectUnsafeScheme)
  const { streamInfo } = callbacks
  const history = (streamInfo.internalRedirects ??= newHistory())
  if (history.count >= policy.maxRedirects) return refuse(stats.redirectTooMany)
  const before = new SavedRequest(headers, policy.headersToCopy)
  copyFromResponse(policy.headersToCopy, response, headers)
  headers.scheme = url.scheme
  headers.authority = url.host
  headers.path = url.path
  callbacks.clearRouteCache()
  const target = callbacks.route
  if (target === undefined) {
    before.restore(headers)
    return refuse(stats.redirectNoRoute)
  }
  const step = { from: route.name, target: target.name, fromHttps, toHttps, history }
  if (!policy.predicates.every((accepts) => accepts(step))) {
    before.restore(headers)
    return refuse(stats.redirectPredicate)
  }
  history.count++
  headers.set('x-envoy-original-url', `${fromHttps ? 'https' : 'http'}://${before.authority ?? ''}${before.path}`)
  return response.status === 303 && toGet(headers) ? 'follow-without-body' : 'follow'
}

function refuse(counter: Counter): RedirectOutcome {
  counter.inc()
  return 'pass-on'
}

function newHistory(): RedirectHistory {
  return { count: 0, targets: new Map() }
}

/** RFC 9110 §15.4.4: what is found elsewhere is asked for by GET. */
function toGet(headers: RequestHeaders): boolean {
  if (headers.method === 'GET' || headers.method === 'HEAD') return false
  headers.method = 'GET'
  headers.remove('content-length')
  return true
}

/** Each of `names` is as the response has it, also when that is not at all. */
function copyFromResponse(names: readonly string[], response: ResponseHeaders, headers: RequestHeaders): void {
  for (const name of names) {
    headers.remove(name)
    for (const value of response.getAll(name)) headers.add(name, value)
  }
}

class SavedRequest {
  readonly authority: string | undefined
  readonly path: string
  readonly #scheme: string | undefined
  readonly #copied: readonly (readonly [name: string, values: readonly string[]])[]

  constructor(headers: RequestHeaders, names: readonly string[]) {
    this.authority = headers.authority
    this.path = headers.path
    this.#scheme = headers.scheme
    this.#copied = names.map((name) => [name, [...headers.getAll(name)]])
  }

  restore(headers: RequestHeaders): void {
    headers.authority = this.authority
    headers.path = this.path
    headers.scheme = this.#scheme
    for (const [name, values] of this.#copied) {
      headers.remove(name)
      for (const value of values) headers.add(name, value)
    }
  }
}
