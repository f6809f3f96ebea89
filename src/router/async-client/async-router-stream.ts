/** One request of our own and its router filter (Envoy's AsyncStreamImpl). */
import type { AsyncStream, AsyncStreamCallbacks, ResponseReader } from '../../api/async-client.ts'
import type { ByteQueue, WatermarkObserver } from '../../api/bytes.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { LocalReply } from '../../api/http.ts'
import type { Route } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { ByteQueue as Bytes } from '../../base/byte-queue.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { buildLocalReply } from '../../http/local-reply/build-local-reply.ts'
import { isGrpcRequest } from '../../http/local-reply/grpc-status.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'
import type { RouterFilter } from '../router-filter.ts'

export interface AsyncRouterStreamDeps {
  readonly dispatcher: Dispatcher
  readonly streamInfo: StreamInfo
  readonly router: RouterFilter
  readonly route: Route
  readonly random: number
  readonly bufferLimitBytes: number
  readonly reader: ResponseReader | undefined
  /** Of this machine, for those who are told where the request comes from; undefined: they are not. */
  readonly localAddress: string | undefined
}

export class AsyncRouterStream implements AsyncStream, RouterCallbacks {
  readonly connection = undefined
  readonly upstreamOverrideHost = undefined
  readonly dispatcher: Dispatcher
  readonly route: Route
  readonly streamRandom: number
  readonly decoderBufferLimit: number
  readonly streamInfo: StreamInfo
  readonly #callbacks: AsyncStreamCallbacks
  readonly #router: RouterFilter
  readonly #localAddress: string | undefined
  readonly #reader: ResponseReader | undefined
  #headers: RequestHeaders | undefined = undefined
  /** The router waits for its host: what comes meanwhile. */
  #held: (() => void)[] | undefined = undefined
  #responseStarted = false
  #over = false

  constructor(callbacks: AsyncStreamCallbacks, deps: AsyncRouterStreamDeps) {
    const { dispatcher, streamInfo, router, route, random, bufferLimitBytes, reader, localAddress } = deps
    this.#callbacks = callbacks
    this.#router = router
    this.#localAddress = localAddress
    this.#reader = reader
    this.dispatcher = dispatcher
    this.route = route
    this.streamRandom = random
    this.decoderBufferLimit = bufferLimitBytes
    this.streamInfo = streamInfo
    router.setDecoderCallbacks(this)
  }

  sendHeaders(headers: RequestHeaders, end: boolean): void {
    this.#headers = headers
    this.streamInfo.requestHeaders = headers
    if (this.#localAddress !== undefined) {
      headers.set('x-envoy-internal', 'true')
      headers.append('x-forwarded-for', this.#localAddress)
    }
    if (this.#router.decodeHeaders(headers, end) === 'stop-all-and-watermark') this.#held = []
  }

  sendData(data: ByteQueue, end: boolean): void {
    if (this.#over) return
    if (this.#held === undefined) {
      this.#router.decodeData(data, end)
      return
    }
    const kept = new Bytes()
    data.moveTo(kept)
    this.#held.push(() => this.#router.decodeData(kept, end))
  }

  sendTrailers(trailers: Trailers): void {
    if (this.#over) return
    if (this.#held === undefined) this.#router.decodeTrailers(trailers)
    else this.#held.push(() => this.#router.decodeTrailers(trailers))
  }

  reset(): void {
    this.#finish()
  }

  // ---- what the router says

  continueDecoding(): void {
    const held = this.#held
    this.#held = undefined
    for (const pass of held ?? []) if (!this.#over) pass()
  }

  encode1xx(): void {}

  encodeHeaders(headers: ResponseHeaders, end: boolean): void {
    if (this.#over) return
    this.#responseStarted = true
    if (end) this.#finish()
    this.#callbacks.onHeaders(headers, end)
  }

  encodeData(data: ByteQueue, end: boolean): void {
    if (this.#over) return
    if (end) this.#finish()
    this.#callbacks.onData(data, end)
  }

  encodeTrailers(trailers: Trailers): void {
    if (this.#over) return
    this.#finish()
    this.#callbacks.onTrailers(trailers)
  }

  sendLocalReply(reply: LocalReply): void {
    if (this.#responseStarted) return this.resetStream()
    if (reply.flag !== undefined) this.streamInfo.setFlag(reply.flag)
    this.streamInfo.responseCodeDetails = reply.details
    const request = this.#headers
    const grpc = request !== undefined && isGrpcRequest(request)
    const { headers, body } = buildLocalReply(reply, request, grpc, newResponseHeaders(reply.status), undefined)
    this.encodeHeaders(headers, body === '')
    if (body === '') return
    const data = new Bytes()
    data.push(Buffer.from(body, 'latin1'))
    this.encodeData(data, true)
  }

  resetStream(): void {
    if (this.#over) return
    this.#finish()
    this.#callbacks.onReset()
  }

  onDecoderFilterAboveHighWatermark(): void {
    if (!this.#over) this.#callbacks.onBackedUp?.(true)
  }

  onDecoderFilterBelowLowWatermark(): void {
    if (!this.#over) this.#callbacks.onBackedUp?.(false)
  }

  addDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    this.#reader?.addDownstreamWatermarkCallbacks(observer)
  }

  removeDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    this.#reader?.removeDownstreamWatermarkCallbacks(observer)
  }

  // Nothing changes the route, and there is no request to make again.

  clearRouteCache(): void {}
  setRoute(): void {}
  recreateStream(): boolean {
    return false
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#held = undefined
    this.#router.onDestroy()
  }
}
