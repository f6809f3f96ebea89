/**
 * Answers preflight requests and tells browsers which origins may read a response
 * (Envoy docs: configuration/http/http_filters/cors_filter).
 */
import type { Random } from '../../../../api/event.ts'
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import type { CorsPolicy } from '../../../../api/route.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Counter } from '../../../../api/stats.ts'
import { newResponseHeaders } from '../../../../codec/headers/response-headers.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'

export interface CorsShared {
  readonly runtime: Runtime
  readonly random: Random
  readonly originValid: Counter
  readonly originInvalid: Counter
}

export class CorsFilter extends PassThroughFilter {
  readonly #shared: CorsShared
  /** Most specific first. */
  #policies: readonly CorsPolicy[] = []
  /** Of a request whose origin is allowed. */
  #origin = ''

  constructor(shared: CorsShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const origin = headers.get('origin')
    if (origin === undefined || origin === '') return 'continue'
    const policies = this.#policiesOfRoute()
    const [first] = policies
    if (first === undefined) return 'continue'
    const { runtime, random, originValid, originInvalid } = this.#shared
    const enabled = first.enabled(runtime, random.u32())
    if (!enabled && !first.shadowEnabled(runtime, random.u32())) return 'continue'
    const allowed = policies.find(({ allowsOrigin }) => allowsOrigin !== undefined)?.allowsOrigin?.(origin) === true
    ;(allowed ? originValid : originInvalid).inc()
    if (!enabled) return 'continue'
    this.#policies = policies
    if (allowed) this.#origin = origin
    if (headers.method !== 'OPTIONS' || (headers.get('access-control-request-method') ?? '') === '') return 'continue'
    if (!allowed && this.#flag('forwardNotMatchingPreflights', true)) return 'continue'
    this.callbacks.encodeHeaders(this.#preflightResponse(headers), true, 'cors_response')
    return 'stop-iteration'
  }

  encodeHeaders(headers: ResponseHeaders): 'continue' {
    if (this.#origin === '') return 'continue'
    headers.set('access-control-allow-origin', this.#origin)
    if (this.#flag('allowCredentials', false)) headers.set('access-control-allow-credentials', 'true')
    const exposed = this.#text('exposeHeaders')
    if (exposed !== '') headers.set('access-control-expose-headers', exposed)
    return 'continue'
  }

  /** The fields of route and virtual host count only where nothing is configured per filter. */
  #policiesOfRoute(): readonly CorsPolicy[] {
    const { route } = this.callbacks
    if (route?.entry === undefined) return []
    // All of them are what this filter's own parser made.
    const own = this.callbacks.perRouteConfigs as readonly CorsPolicy[]
    if (own.length > 0) return own.toReversed()
    return [route.entry.cors, route.virtualHost.cors].filter((policy) => policy !== undefined)
  }

  #preflightResponse(request: RequestHeaders): ResponseHeaders {
    const response = newResponseHeaders(200)
    if (this.#origin !== '') response.set('access-control-allow-origin', this.#origin)
    if (this.#flag('allowCredentials', false)) response.set('access-control-allow-credentials', 'true')
    const methods = this.#text('allowMethods')
    if (methods !== '') {
      const asked = request.get('access-control-request-method') ?? ''
      response.set('access-control-allow-methods', methods === '*' ? asked : methods)
    }
    const names = this.#text('allowHeaders')
    if (names !== '') {
      const asked = request.get('access-control-request-headers') ?? ''
      response.set('access-control-allow-headers', names === '*' ? asked : names)
    }
    const maxAge = this.#text('maxAge')
    if (maxAge !== '') response.set('access-control-max-age', maxAge)
    if (
      this.#flag('allowPrivateNetworkAccess', false) &&
      request.get('access-control-request-private-network') === 'true'
    ) {
      response.set('access-control-allow-private-network', 'true')
    }
    return response
  }

  #flag(
    name: 'allowCredentials' | 'allowPrivateNetworkAccess' | 'forwardNotMatchingPreflights',
    fallback: boolean,
  ): boolean {
    for (const policy of this.#policies) if (policy[name] !== undefined) return policy[name]
    return fallback
  }

  #text(name: 'allowMethods' | 'allowHeaders' | 'exposeHeaders' | 'maxAge'): string {
    for (const policy of this.#policies) if (policy[name] !== '') return policy[name]
    return ''
  }
}
