/** Keeps the requests of a session at one upstream host (Envoy docs: http_filters/stateful_session_filter). */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { SessionState } from '../../../../api/stateful-session.ts'
import { PassThroughFilter } from '../common/pass-through-filter.ts'
import type { StatefulSessionConfig, StatefulSessionPerRoute } from './config.ts'
import type { SessionShared } from './session-shared.ts'

export class StatefulSessionFilter extends PassThroughFilter {
  readonly #shared: SessionShared
  /** Undefined where a route disables the filter. */
  #config: StatefulSessionConfig | undefined = undefined
  #state: SessionState | undefined = undefined

  constructor(shared: SessionShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): 'continue' {
    const route = this.callbacks.perRouteConfig as StatefulSessionPerRoute | undefined
    if (route === 'disabled') return 'continue'
    const config = route ?? this.#shared.config
    this.#config = config
    this.#state = this.#shared.factoryOf(config)?.create(headers)
    const address = this.#state?.upstreamAddress
    if (address !== undefined) {
      const { strict, notFoundStatus } = config
      this.callbacks.upstreamOverrideHost = { address, strict, notFoundStatus }
    }
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders): 'continue' {
    if (this.#config !== undefined) this.#onResponse(headers, this.#config)
    return 'continue'
  }

  #onResponse(headers: ResponseHeaders, config: StatefulSessionConfig): void {
    const { strict } = config
    const stats = config === this.#shared.config ? this.#shared.stats : undefined
    const { streamInfo } = this.callbacks
    const host = streamInfo.upstream?.host
    if (this.#state === undefined) {
      if (host !== undefined) stats?.noSession.inc()
    } else if (host !== undefined) {
      if (!this.#state.onUpdate(host.address.text, headers)) stats?.routed.inc()
      else if (!strict) stats?.failedOpen.inc()
    } else if (strict && streamInfo.hasFlag('UH')) stats?.failedClosed.inc()
  }
}
