/**
 * The part of a stream that knows its route: it is matched once, again after a filter has asked for that, or set by a
 * filter; what the route says of the whole stream holds from then on (Envoy's ActiveStream::refreshCachedRoute and
 * setRoute).
 */
import type { ResponseEncoder } from '../api/codec.ts'
import type { Route, RouteConfig, RouteEntry } from '../api/route.ts'
import { ResponseStream } from './response-stream.ts'
import { streamDuration } from './stream-duration.ts'
import type { StreamOwner } from './stream-owner.ts'

export abstract class RoutedStream extends ResponseStream {
  /** It was decided about tracing. */
  protected tracingBegun = false
  #routes: RouteConfig | undefined
  #route: Route | undefined = undefined
  /** Nothing is matched before the request has been looked at. */
  #routeCached = true
  #random = -1
  /** Where it is measured. */
  #routingMs = 0

  /** `lastOfConnection`: the connection takes no stream after this one. */
  constructor(owner: StreamOwner, encoder: ResponseEncoder, lastOfConnection: boolean) {
    super(owner, encoder, lastOfConnection)
    this.#routes = this.shared.routes.current
  }

  get streamRandom(): number {
    if (this.#random < 0) this.#random = this.shared.context.random.u32()
    return this.#random
  }

  get route(): Route | undefined {
    if (!this.#routeCached) this.refreshRoute()
    return this.#route
  }

  setRoute(route: Route): void {
    this.#useRoute(route)
  }

  clearRouteCache(): void {
    if (!this.headersEncoded) this.#routeCached = false
  }

  requestRouteConfigUpdate(done: (found: boolean) => void): void {
    const { routes } = this.shared
    const headers = this.requestHeaders
    if (headers === undefined || routes.requestUpdate === undefined) return done(false)
    routes.requestUpdate(headers, (found) => {
      if (found && !this.ended) {
        this.#routes = routes.current
        this.clearRouteCache()
      }
      done(found)
    })
  }

  protected refreshRoute(): void {
    const headers = this.requestHeaders
    if (headers === undefined) return
    this.streamInfo.routeResolutions++
    const measured = this.shared.stats.routeResolution !== undefined
    const begun = measured ? this.dispatcher.preciseNow() : 0
    this.#useRoute(this.#routes?.route(headers, this.streamInfo, this.streamRandom))
    if (measured) this.#routingMs += this.dispatcher.preciseNow() - begun
  }

  protected override finish(): void {
    const stats = this.ended ? undefined : this.shared.stats.routeResolution
    if (stats !== undefined) {
      stats.timeUs.record(this.#routingMs * 1000)
      stats.resolutions.record(this.streamInfo.routeResolutions)
    }
    super.finish()
  }

  #useRoute(route: Route | undefined): void {
    this.#route = route
    this.#routeCached = true
    const { streamInfo: info } = this
    info.route = route
    const entry = route?.entry
    info.routeName = route?.name ?? ''
    info.virtualHostName = route?.virtualHost.name ?? ''
    info.upstreamCluster = undefined
    if (this.tracingBegun) this.#refreshTracing()
    if (entry === undefined) return
    info.upstreamCluster = this.shared.context.clusters.get(entry.clusterName)?.info
    if (entry.idleTimeoutMs !== undefined) {
      this.idleTimeoutMs = entry.idleTimeoutMs
      this.timers.armIdle(entry.idleTimeoutMs)
    }
    this.#limitDuration(entry)
  }

  #refreshTracing(): void {
    const headers = this.requestHeaders
    if (headers === undefined) return
    this.shared.tracing?.refresh(this, headers)
    this.streamInfo.requestId = headers.get('x-request-id')
  }

  #limitDuration(entry: RouteEntry): void {
    const managerMs = this.shared.settings.maxStreamDurationMs
    if (!entry.usesStreamDuration && managerMs === 0) return
    const ms = streamDuration(entry, this.requestHeaders!, managerMs)
    if (ms === undefined) this.timers.armMaxDuration(undefined)
    else this.timers.armMaxDuration(Math.max(0, ms - (this.dispatcher.now - this.streamInfo.startTime)))
  }
}
