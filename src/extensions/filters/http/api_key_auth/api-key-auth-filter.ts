/** Lets requests through that have the key of a client. */
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import type { Counter } from '../../../../api/stats.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { ApiKeyAuthConfig, ApiKeyAuthPerRoute } from './config.ts'

export interface ApiKeyAuthShared {
  readonly config: ApiKeyAuthConfig
  readonly allowed: Counter
  readonly unauthorized: Counter
  readonly forbidden: Counter
}

const FORBIDDEN = { status: 403, body: 'Client is forbidden.', details: 'client_not_allowed' }

export class ApiKeyAuthFilter extends PassThroughDecoderFilter {
  readonly #shared: ApiKeyAuthShared

  constructor(shared: ApiKeyAuthShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const { config, allowed, forbidden } = this.#shared
    const perRoute = this.callbacks.perRouteConfig as ApiKeyAuthPerRoute | undefined
    const credentials = perRoute?.credentials ?? config.credentials
    const sources = perRoute?.keySources ?? config.keySources
    if (sources === undefined) return this.#deny('missing_key_sources')
    if (credentials === undefined) return this.#deny('missing_credentials')
    const key = firstOf(sources, (source) => source.keyOf(headers) || undefined)
    if (key === undefined) return this.#deny('missing_api_key')
    const client = credentials.get(key)
    if (client === undefined) return this.#deny('unknown_api_key')
    if (perRoute !== undefined && perRoute.allowedClients.size > 0 && !perRoute.allowedClients.has(client)) {
      forbidden.inc()
      this.callbacks.sendLocalReply(FORBIDDEN)
      return 'stop-iteration'
    }
    // A route that says nothing about it forwards nothing.
    const { forwarding } = perRoute ?? config
    if (forwarding !== undefined) {
      if (forwarding.header !== '') headers.set(forwarding.header, client)
      if (forwarding.hidesCredentials) for (const source of sources) source.remove(headers)
    }
    allowed.inc()
    return 'continue'
  }

  #deny(details: string): 'stop-iteration' {
    this.#shared.unauthorized.inc()
    this.callbacks.sendLocalReply({ status: 401, body: 'Client authentication failed.', details })
    return 'stop-iteration'
  }
}

function firstOf<T, R>(list: readonly T[], find: (each: T) => R | undefined): R | undefined {
  for (const each of list) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}
