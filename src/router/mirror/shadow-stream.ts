/**
 * The stream of a mirrored request: it has a router filter like any other, and nobody who waits for the response
 * (Envoy: AsyncStreamImpl). Its request follows that of the downstream; what comes back is dropped.
 */
import type { ByteQueue } from '../../api/bytes.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { DecoderFilter, LocalReply } from '../../api/http.ts'
import type { Route } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { MirrorSpan } from '../../api/tracing.ts'
import { ByteQueue as Bytes } from '../../base/byte-queue.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'
import type { Mirror } from './mirrors.ts'

type ShadowRouter = Omit<DecoderFilter, 'setDecoderCallbacks'> & {
  setDecoderCallbacks(callbacks: RouterCallbacks): void
}

export class ShadowStream implements RouterCallbacks, Mirror {
  readonly upstreamOverrideHost = undefined
  readonly dispatcher: Dispatcher
  readonly streamInfo: StreamInfo
  readonly route: Route
  readonly streamRandom: number
  readonly connection = undefined
  readonly decoderBufferLimit: number
  readonly #headers: RequestHeaders
  readonly #router: ShadowRouter
  /** The request that is copied, as long as it goes on. */
  #original: RouterCallbacks | undefined
  #pauses = 0
  /** The router waits for a host. */
  #held: (() => void)[] | undefined = undefined
  #over = false
  #response: ResponseHeaders | undefined = undefined
  readonly #span: MirrorSpan | undefined

  constructor(
    original: RouterCallbacks,
    router: ShadowRouter,
    route: Route,
    headers: RequestHeaders,
    streamInfo: StreamInfo,
    random: number,
    span?: MirrorSpan,
  ) {
    this.#original = original
    this.dispatcher = original.dispatcher
    this.decoderBufferLimit = original.decoderBufferLimit
    this.#router = router
    this.route = route
    this.#headers = headers
    this.streamInfo = streamInfo
    this.streamRandom = random
    this.#span = span
    router.setDecoderCallbacks(this)
  }

  start(end: boolean): void {
    if (end) this.#detach()
    if (this.#router.decodeHeaders(this.#headers, end) === 'stop-all-and-watermark') this.#held = []
  }

  /** What came while the host was still to be found. */
  continueDecoding(): void {
    const held = this.#held
    this.#held = undefined
    for (const pass of held ?? []) if (!this.#over) pass()
  }

  /** `data` stays with the caller. */
  sendData(data: ByteQueue, end: boolean): void {
    if (end) this.#detach()
    if (this.#over) return
    const copy = new Bytes()
    data.forEach((chunk) => copy.push(chunk))
    if (this.#held === undefined) this.#router.decodeData(copy, end)
    else this.#held.push(() => this.#router.decodeData(copy, end))
  }

  sendTrailers(trailers: Trailers): void {
    this.#detach()
    if (this.#over) return
    if (this.#held === undefined) this.#router.decodeTrailers(trailers)
    else this.#held.push(() => this.#router.decodeTrailers(trailers))
  }

  /** The downstream is gone before its request was complete. */
  cancel(): void {
    this.#detach()
    this.#finish()
  }

  encode1xx(): void {}

  encodeHeaders(headers: ResponseHeaders, end: boolean): void {
    this.#response = headers
    if (end) this.#finish()
  }

  encodeData(_data: ByteQueue, end: boolean): void {
    if (end) this.#finish()
  }

  encodeTrailers(trailers: Trailers): void {
    this.#finish(trailers)
  }

  sendLocalReply(reply: LocalReply): void {
    this.streamInfo.responseCode = reply.status
    if (reply.flag !== undefined) this.streamInfo.setFlag(reply.flag)
    this.#finish()
  }

  resetStream(): void {
    this.#finish()
  }

  onDecoderFilterAboveHighWatermark(): void {
    if (this.#original === undefined) return
    this.#pauses++
    this.#original.onDecoderFilterAboveHighWatermark()
  }

  onDecoderFilterBelowLowWatermark(): void {
    if (this.#original === undefined || this.#pauses === 0) return
    this.#pauses--
    this.#original.onDecoderFilterBelowLowWatermark()
  }

  /** Nothing that happens here concerns the downstream any more. */
  #detach(): void {
    while (this.#pauses > 0) this.onDecoderFilterBelowLowWatermark()
    this.#original = undefined
  }

  #finish(responseTrailers?: Trailers): void {
    if (this.#over) return
    this.#over = true
    this.#detach()
    this.#router.onDestroy()
    this.#span?.end({ streamInfo: this.streamInfo, response: this.#response, responseTrailers })
  }

  // Nothing changes the route, and nobody reads too slowly.

  clearRouteCache(): void {}
  setRoute(): void {}
  addDownstreamWatermarkCallbacks(): void {}
  removeDownstreamWatermarkCallbacks(): void {}
  recreateStream(): boolean {
    return false
  }
}
