/** Tells the upstream and the routes which known ranges a client's address is in. */
import type { Random } from '../../../../api/event.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { Scope } from '../../../../api/stats.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { IpTaggingConfig, TagHeader } from './config.ts'

export interface IpTaggingShared {
  readonly config: IpTaggingConfig
  readonly scope: Scope
  readonly runtime: Runtime
  readonly random: Random
}

const DEFAULT_HEADER: TagHeader = { name: 'x-envoy-ip-tags', action: 'APPEND_IF_EXISTS_OR_ADD' }

export class IpTaggingFilter extends PassThroughDecoderFilter {
  readonly #shared: IpTaggingShared

  constructor(shared: IpTaggingShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders): 'continue' {
    const { config, scope } = this.#shared
    if (!this.#concerns(headers)) return 'continue'
    const { remoteAddress } = this.callbacks.streamInfo.connection
    const tags = remoteAddress.kind === 'ip' ? config.tags.tagsOf(remoteAddress.ip) : []
    const header = config.header ?? DEFAULT_HEADER
    const dropped = header.action === 'SANITIZE' && headers.remove(header.name) > 0
    if (tags.length > 0) headers.append(header.name, tags.join(','))
    // Routes may match on the tags.
    if (dropped || tags.length > 0) this.callbacks.clearRouteCache()
    if (tags.length === 0) scope.counter('no_hit').inc()
    for (const tag of tags) scope.counter(`${tag}.hit`).inc()
    scope.counter('total').inc()
    return 'continue'
  }

  #concerns(headers: RequestHeaders): boolean {
    const { config, runtime, random } = this.#shared
    if (config.requestType !== 'BOTH') {
      const isInternal = headers.get('x-envoy-internal') === 'true'
      if (isInternal !== (config.requestType === 'INTERNAL')) return false
    }
    return runtime.current.featureEnabled('ip_tagging.http_filter_enabled', 100, random.u32())
  }
}
