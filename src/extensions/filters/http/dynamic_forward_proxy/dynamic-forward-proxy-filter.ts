/** Has the host of a request looked up before the router asks for it (Envoy's DynamicForwardProxy::ProxyFilter). */
import type { DnsCache, DnsHost, DnsLoad, DnsWaiter } from '../../../../api/dns-cache.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../api/http.ts'
import type { FilterStateObject } from '../../../../api/stream-info.ts'
import type { ClusterInfo, ClusterView } from '../../../../api/upstream.ts'
import { defaultPort, dynamicHost, dynamicPort } from '../../../../upstream/dynamic-forward-proxy/dynamic-target.ts'
import type { DynamicForwardProxyConfig, DynamicForwardProxyPerRoute } from './config.ts'

export class DynamicForwardProxyFilter implements DecoderFilter, DnsWaiter {
  readonly #config: DynamicForwardProxyConfig
  readonly #cache: DnsCache
  readonly #clusters: ClusterView
  #callbacks!: DecoderCallbacks
  #loading: Extract<DnsLoad, { kind: 'loading' }> | undefined = undefined

  constructor(config: DynamicForwardProxyConfig, cache: DnsCache, clusters: ClusterView) {
    this.#config = config
    this.#cache = cache
    this.#clusters = clusters
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(headers: RequestHeaders): HeadersStatus {
    const entry = this.#callbacks.route?.entry
    const cluster = entry && this.#clusters.get(entry.clusterName)?.info
    if (cluster?.dynamicForwardProxy === undefined) return 'continue'
    this.#rewriteHost(headers)
    return this.#load(headers, cluster)
  }

  decodeData(): DataStatus {
    return 'continue'
  }

  decodeTrailers(): TrailersStatus {
    return 'continue'
  }

  onDnsHost(host: DnsHost): void {
    this.#loading = undefined
    if (this.#accept(host)) this.#callbacks.continueDecoding()
  }

  onDestroy(): void {
    this.#loading?.cancel()
    this.#loading = undefined
  }

  #rewriteHost(headers: RequestHeaders): void {
    // As this filter's own parser returned it.
    const perRoute = this.#callbacks.perRouteConfig as DynamicForwardProxyPerRoute | undefined
    if (perRoute === undefined) return
    if (perRoute.hostLiteral !== '') headers.authority = perRoute.hostLiteral
    if (perRoute.hostHeader === '') return
    // A client may have sent several; the first one counts.
    const named = headers.get(perRoute.hostHeader)
    if (named !== undefined) headers.authority = named
  }

  #load(headers: RequestHeaders, cluster: ClusterInfo): HeadersStatus {
    const state = this.#config.followsFilterState ? this.#callbacks.streamInfo.filterState : undefined
    const host = (state && dynamicHost(state)) ?? headers.authority ?? ''
    if (host === '') return this.#refuse(400, 'Empty host header', 'empty_host_header')
    const port = (state && dynamicPort(state)) ?? defaultPort(cluster)
    const load = this.#cache.load(host, port, this)
    switch (load.kind) {
      case 'cached':
        return this.#accept(load.host) ? 'continue' : 'stop-iteration'
      case 'loading':
        this.#loading = load
        return 'stop-all-and-watermark'
      case 'overflow':
        return this.#refuse(503, 'DNS cache overflow', 'dns_cache_overflow')
      case 'too-many-pending':
        return this.#refuse(503, PENDING_OVERFLOW, 'dynamic_forward_proxy_pending_request_overflow')
    }
  }

  /** False: the request is answered, as there is no address. */
  #accept({ address, details }: DnsHost): boolean {
    if (address === undefined) {
      this.#callbacks.sendLocalReply({ status: 503, body: 'DNS resolution failure', details, flag: 'DF' })
      return false
    }
    if (this.#config.savesUpstreamAddress) {
      const object: FilterStateObject = { serializeAsString: () => undefined, address }
      this.#callbacks.streamInfo.filterState.set('envoy.stream.upstream_address', object)
    }
    return true
  }

  #refuse(status: number, body: string, details: string): HeadersStatus {
    this.#callbacks.sendLocalReply({ status, body, details })
    return 'stop-iteration'
  }
}

const PENDING_OVERFLOW = 'Dynamic forward proxy pending request overflow'
