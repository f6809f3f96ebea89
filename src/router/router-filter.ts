/**
 * The terminal HTTP filter: answers by itself where the route says so, otherwise finds the cluster and hands the request
 * to a `Forwarding` (Envoy docs: configuration/http/http_filters/router_filter).
 */
import type { ByteQueue } from '../api/bytes.ts'
import type { RequestHeaders, Trailers } from '../api/headers.ts'
import type { DataStatus, DecoderFilter, HeadersStatus, TrailersStatus } from '../api/http.ts'
import type { DirectResponse, Route, RouteEntry } from '../api/route.ts'
import type { AlternateTrafficStats, ClusterInfo } from '../api/upstream.ts'
import { isGrpcRequest } from '../http/local-reply/grpc-status.ts'
import { nameSet } from '../codec/headers/field-names.ts'
import { Forwarding } from './forwarding.ts'
import { ALL_DROPPED, DROPPED, MAINTENANCE, OVERLOADED, sendRouterReply } from './local-replies.ts'
import { RequestCharges } from './request-charges.ts'
import type { RouterShared } from './router-shared.ts'
import { findStrangeHeader } from './strict-headers.ts'
import type { RouterCallbacks } from './router-callbacks.ts'

const INTERNAL = nameSet(['x-envoy-internal'])

export class RouterFilter implements DecoderFilter {
  readonly #shared: RouterShared
  #callbacks!: RouterCallbacks
  #forwarding: Forwarding | undefined = undefined

  constructor(shared: RouterShared) {
    this.#shared = shared
  }

  /** Who keeps some for it says so. */
  get keepsNoBody(): boolean {
    return true
  }

  setDecoderCallbacks(callbacks: RouterCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    const { stats } = this.#shared
    stats.rqTotal.inc()
    const { route, streamInfo: info } = this.#callbacks
    if (route === undefined) {
      stats.noRoute.inc()
      sendRouterReply(this.#callbacks, { status: 404, body: '', details: 'route_not_found', flag: 'NR' })
      return 'stop-iteration'
    }
    info.route = route
    info.routeName = route.name
    info.virtualHostName = route.virtualHost.name
    if (route.directResponse !== undefined) this.#reply(route.directResponse, headers)
    else if (route.entry !== undefined && !this.#forward(headers, end, route, route.entry)) {
      return 'stop-all-and-watermark'
    }
    return 'stop-iteration'
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#shared.refusesEarlyConnectData === true && this.#forwarding?.refusesEarlyData() === true)
      return 'stop-no-buffer'
    this.#forwarding?.sendData(data, end)
    return 'stop-no-buffer'
  }

  decodeTrailers(trailers: Trailers): TrailersStatus {
    this.#forwarding?.sendTrailers(trailers)
    return 'stop'
  }

  onLocalReply(): 'continue' {
    this.#forwarding?.onLocalReply()
    return 'continue'
  }

  onDestroy(): void {
    this.#forwarding?.destroy()
    this.#forwarding = undefined
  }

  #reply(reply: DirectResponse, headers: RequestHeaders): void {
    this.#shared.stats.rqDirectResponse.inc()
    const info = this.#callbacks.streamInfo
    // A CONNECT without a path is redirected to nowhere, as by Envoy.
    const uri = headers.path === '' ? undefined : reply.newUri(headers, info)
    const formatted = reply.formatBody(headers, info)
    this.#callbacks.sendLocalReply({
      status: reply.status,
      body: formatted?.body ?? reply.body,
      details: 'direct_response',
      modifyHeaders: (response) => {
        if (uri !== undefined) response.set('location', uri)
        if (formatted?.contentType !== undefined) response.set('content-type', formatted.contentType)
        reply.finalizeResponseHeaders(response, info)
      },
    })
  }

  /** False: it waits for its host, and what follows must wait as well. */
  #forward(headers: RequestHeaders, end: boolean, route: Route, entry: RouteEntry): boolean {
    const shared = this.#shared
    const cluster = shared.clusters.get(entry.clusterName)
    if (cluster === undefined) {
      shared.stats.noCluster.inc()
      const status = entry.clusterNotFoundStatus
      sendRouterReply(this.#callbacks, { status, body: '', details: 'cluster_not_found', flag: 'NC' })
      return true
    }
    if (shared.strictHeaders.length > 0 && this.#refuseStrangeHeader(headers)) return true
    const charges = this.#makeCharges(headers, route, entry, cluster.info)
    const key = cluster.info.maintenanceModeRuntimeKey
    if (shared.runtime.current.featureEnabled(key, 0, this.#callbacks.streamRandom)) {
      charges.response(503, false, undefined)
      charges.count('upstream_rq_maintenance_mode')
      sendRouterReply(this.#callbacks, { ...MAINTENANCE, overloaded: !shared.suppressEnvoyHeaders })
      return true
    }
    const { dropOverload = 0 } = cluster
    if (dropOverload > 0 && this.#drops(dropOverload, charges)) return true
    if (shared.shedForward?.shouldShed() === true) {
      shared.stats.rqOverloadLocalReply.inc()
      this.#callbacks.streamInfo.attemptCount = 1
      sendRouterReply(this.#callbacks, OVERLOADED)
      return true
    }
    const forwarding = new Forwarding(shared, this.#callbacks, route, entry, cluster, charges, headers)
    this.#forwarding = forwarding
    return forwarding.start(end)
  }

  #drops(ratio: number, charges: RequestCharges): boolean {
    const { random, suppressEnvoyHeaders } = this.#shared
    if (ratio < 1 && random.float() >= ratio) return false
    charges.response(503, false, undefined)
    const reply = ratio < 1 ? DROPPED : ALL_DROPPED
    const saysWhy = ratio < 1 ? 'x-envoy-drop-overload' : 'x-envoy-unconditional-drop-overload'
    sendRouterReply(this.#callbacks, suppressEnvoyHeaders ? reply : { ...reply, saysWhy })
    return true
  }

  #refuseStrangeHeader(headers: RequestHeaders): boolean {
    const strange = findStrangeHeader(headers, this.#shared.strictHeaders)
    if (strange === undefined) return false
    const { name, value } = strange
    sendRouterReply(this.#callbacks, {
      status: 400,
      body: `invalid header '${name}' with value '${value}'`,
      details: `request_headers_failed_strict_check{${name}}`,
      flag: 'IH',
    })
    return true
  }

  #makeCharges(headers: RequestHeaders, route: Route, entry: RouteEntry, cluster: ClusterInfo): RequestCharges {
    const info = this.#callbacks.streamInfo
    const virtualCluster = route.virtualHost.virtualCluster(headers)
    if (virtualCluster !== undefined && virtualCluster.catchesRest !== true)
      info.virtualClusterName = virtualCluster.name
    const alternate = this.#takeAlternate(headers, cluster)
    const internal = headers.mayHave(INTERNAL) && headers.get('x-envoy-internal') === 'true'
    const counts = this.#shared.dynamicStats && info.healthCheck !== true
    const hidesStatus = this.#shared.hidesGrpcStatuses === true && isGrpcRequest(headers)
    return new RequestCharges(
      cluster.stats,
      virtualCluster?.stats,
      entry.stats,
      alternate,
      internal,
      counts,
      hidesStatus,
    )
  }

  #takeAlternate(headers: RequestHeaders, cluster: ClusterInfo): AlternateTrafficStats | undefined {
    const name = headers.get('x-envoy-upstream-alt-stat-name')
    if (name === undefined) return undefined
    headers.remove('x-envoy-upstream-alt-stat-name')
    return cluster.stats.alternate(name)
  }
}
