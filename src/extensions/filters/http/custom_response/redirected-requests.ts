/** Sends requests on to where the response comes from, and remembers them until that has come. */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { DecoderCallbacks } from '../../../../api/http.ts'
import type { Counter, Scope } from '../../../../api/stats.ts'
import { ByteQueue } from '../../../../base/byte-queue.ts'
import { parseAbsoluteUrl } from '../../../../router/absolute-url.ts'
import { applyMutations, mutationContext } from '../../../../router/header-mutations.ts'
import type { RedirectPolicy } from './redirect-policy.ts'

interface Redirected {
  readonly policy: RedirectPolicy
  readonly status: number
}

export interface RedirectCounts {
  readonly noRoute: Counter
  readonly invalidUri: Counter
}

export function createRedirectCounts(scope: Scope): RedirectCounts {
  return {
    noRoute: scope.counter('custom_response_redirect_no_route'),
    invalidUri: scope.counter('custom_response_invalid_uri'),
  }
}

export class RedirectedRequests {
  /** The new stream has the headers of the old one. */
  readonly #byHeaders = new WeakMap<RequestHeaders, Redirected>()

  /** True when `response` is what a request was sent on for; it then has the status and headers that the policy gives it. */
  complete(request: RequestHeaders, response: ResponseHeaders, { streamInfo }: DecoderCallbacks): boolean {
    const redirected = this.#byHeaders.get(request)
    if (redirected === undefined) return false
    const { policy, status } = redirected
    applyMutations(policy.responseHeaders, response, mutationContext(request, response, streamInfo))
    response.status = status
    return true
  }

  /** True when the request goes on as another one. Otherwise it is as it was, and so is the response. */
  sendOn(
    policy: RedirectPolicy,
    response: ResponseHeaders,
    callbacks: DecoderCallbacks,
    counts: RedirectCounts,
  ): boolean {
    const { requestHeaders: request, streamInfo } = callbacks
    const url = parseAbsoluteUrl(policy.location(request, streamInfo))
    if (url === undefined) {
      counts.invalidUri.inc()
      return false
    }
    const { authority, path, scheme, method } = request
    request.authority = url.host
    request.path = url.path
    request.scheme = url.scheme
    applyMutations(policy.requestHeaders, request, mutationContext(request, response, streamInfo))
    callbacks.clearRouteCache()
    if (callbacks.route === undefined) counts.noRoute.inc()
    else {
      const length = request.get('content-length')
      request.method = 'GET'
      request.remove('content-length')
      this.#byHeaders.set(request, { policy, status: policy.status ?? response.status })
      if (callbacks.recreateStream(response, new ByteQueue())) return true
      this.#byHeaders.delete(request)
      request.method = method
      if (length !== undefined) request.set('content-length', length)
    }
    Object.assign(request, { authority, path, scheme })
    return false
  }
}
