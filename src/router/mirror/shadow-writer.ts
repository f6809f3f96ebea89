/** Makes mirrored requests, each with a router filter of its own; one for each router filter of a thread. */
import type { RequestHeaders } from '../../api/headers.ts'
import type { MirrorPolicy, Route } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { nullRoute } from '../null-route.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'
import { RouterFilter } from '../router-filter.ts'
import type { RouterShared } from '../router-shared.ts'
import type { RouterStats } from '../router-stats.ts'
import { copiedHeaders } from './copied-headers.ts'
import type { MirrorLimits, Mirrors } from './mirrors.ts'
import { ShadowStream } from './shadow-stream.ts'

export interface ShadowWriterDeps {
  /** Under `http.async-client.`; made with the first mirrored request. */
  createStats(): RouterStats
  /** For a stream beside `original`. */
  newStreamInfo(original: StreamInfo): StreamInfo
  /** Of this machine: it stands for us in x-forwarded-for. */
  readonly localAddress: string
}

/** Routes are kept while the clusters and timeouts are these few; names from headers could be any number. */
const KEEP_AT_MOST = 256

export class ShadowWriter implements Mirrors {
  readonly #shared: RouterShared
  readonly #deps: ShadowWriterDeps
  readonly #routes = new Map<string, Route>()
  #forShadows: RouterShared | undefined = undefined

  constructor(shared: RouterShared, deps: ShadowWriterDeps) {
    this.#shared = shared
    this.#deps = deps
  }

  start(
    original: RouterCallbacks,
    headers: RequestHeaders,
    clusterName: string,
    policy: MirrorPolicy,
    limits: MirrorLimits,
    end: boolean,
  ): ShadowStream | undefined {
    // It may have been removed meanwhile; nobody would hear of it.
    const cluster = this.#shared.clusters.get(clusterName)
    if (cluster === undefined) return undefined
    const copy = copiedHeaders(headers)
    policy.prepare(copy, original.streamInfo)
    copy.set('x-envoy-internal', 'true')
    copy.append('x-forwarded-for', this.#deps.localAddress)
    this.#forShadows ??= { ...this.#shared, stats: this.#deps.createStats(), upstreamLogs: undefined }
    const info = this.#deps.newStreamInfo(original.streamInfo)
    info.requestHeaders = copy
    info.upstreamCluster = cluster.info
    const span = original.trace?.startMirror(policy.traceSampled)
    span?.span.inject(copy)
    const route = this.#route(clusterName, limits)
    const router = new RouterFilter(this.#forShadows)
    const random = this.#shared.random.u32()
    const stream = new ShadowStream(original, router, route, copy, info, random, span)
    stream.start(end)
    return stream
  }

  #route(clusterName: string, { timeoutMs, bufferBytes }: MirrorLimits): Route {
    const key = `${timeoutMs} ${bufferBytes} ${clusterName}`
    const known = this.#routes.get(key)
    if (known !== undefined) return known
    const route = nullRoute(clusterName, { timeoutMs, bodyBufferLimitBytes: bufferBytes })
    if (this.#routes.size < KEEP_AT_MOST) this.#routes.set(key, route)
    return route
  }
}
