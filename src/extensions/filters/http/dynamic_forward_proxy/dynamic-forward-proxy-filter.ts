/** Has the host of a request looked up before the router asks for it (Envoy's DynamicForwardProxy::ProxyFilter). */
import type { DnsCache, DnsHost, DnsWaiter } from '../../../../api/dns-cache.ts'
import type { Timer } from '../../../../api/event.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  HeadersStatus,
  TrailersStatus,
} from '../../../../api/http.ts'
import type { ClusterInfo, ClusterView, SubClusters, SubClusterWaiter } from '../../../../api/upstream.ts'
import { defaultPort, dynamicHost, dynamicPort } from '../../../../upstream/dynamic-forward-proxy/dynamic-target.ts'
import { saveUpstreamAddress } from '../../../../upstream/dynamic-forward-proxy/upstream-address.ts'
import type { DynamicForwardProxyConfig, DynamicForwardProxyPerRoute } from './config.ts'

export class DynamicForwardProxyFilter implements DecoderFilter, DnsWaiter, SubClusterWaiter {
  readonly #config: DynamicForwardProxyConfig
  readonly #cache: DnsCache
  readonly #clusters: ClusterView
  #callbacks!: DecoderCallbacks
  #loading: Loading | undefined = undefined
  /** Runs while a cluster is awaited. */
  #initTimer: Timer | undefined = undefined

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
    const { subClusters } = cluster.dynamicForwardProxy
    return subClusters === undefined ? this.#load(headers, cluster) : this.#loadCluster(subClusters, headers, cluster)
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

  onSubCluster(isThere: boolean): void {
    this.#loading = undefined
    this.#initTimer?.disable()
    if (isThere) this.#callbacks.continueDecoding()
    else this.#refuse(503, 'Sub cluster overflow', 'sub_cluster_overflow')
  }

  onDestroy(): void {
    this.#initTimer?.disable()
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

  #loadCluster(subClusters: SubClusters, headers: RequestHeaders, cluster: ClusterInfo): HeadersStatus {
    const load = subClusters.load(headers.authority ?? '', defaultPort(cluster), this)
    if (load.kind === 'there') return 'continue'
    this.#loading = load
    this.#initTimer = this.#callbacks.dispatcher.timer(() => this.#onInitTimeout())
    this.#initTimer.enable(this.#config.clusterInitTimeoutMs)
    return 'stop-all-and-watermark'
  }

  #onInitTimeout(): void {
    this.#loading?.cancel()
    this.#loading = undefined
    this.#refuse(503, 'Sub cluster warming timeout', 'sub_cluster_warming_timeout')
  }

  /** False: the request is answered, as there is no address. */
  #accept({ address, details }: DnsHost): boolean {
    if (address === undefined) {
      this.#callbacks.sendLocalReply({ status: 503, body: 'DNS resolution failure', details, flag: 'DF' })
      return false
    }
    if (this.#config.savesUpstreamAddress) saveUpstreamAddress(this.#callbacks.streamInfo.filterState, address)
    return true
  }

  #refuse(status: number, body: string, details: string): HeadersStatus {
    this.#callbacks.sendLocalReply({ status, body, details })
    return 'stop-iteration'
  }
}

interface Loading {
  readonly cancel: () => void
}

const PENDING_OVERFLOW = 'Dynamic forward proxy pending request overflow'
