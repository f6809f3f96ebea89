/**
 * One attempt on its way through upstream HTTP filters: for the router it is the upstream, for the upstream it is the
 * router, for the filters it is their stream. The filters need no connection; what
 * has passed them waits for it. What they change of the headers later attempts see as well, as in Envoy.
 */
import type { ByteQueue, WatermarkObserver } from '../../api/bytes.ts'
import type { BytesMeter, RequestEncoder, ResetReason, ResponseDecoder } from '../../api/codec.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { DecoderFilter, HttpFilterEntry, LocalReply } from '../../api/http.ts'
import type { Connection } from '../../api/network.ts'
import type { Route } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { StreamTrace } from '../../api/tracing.ts'
import { newTrailers } from '../../codec/headers/trailers.ts'
import type { FilterStream } from '../../http/filter-chain/filter-stream.ts'
import { StreamFilters } from '../../http/filter-chain/stream-filters.ts'
import { REQUEST_TOO_LARGE } from '../../http/local-reply/causes.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'
import { WaitingRequest } from './waiting-request.ts'

export class UpstreamFilterStream implements FilterStream, RequestEncoder, ResponseDecoder {
  requestHeaders: RequestHeaders | undefined = undefined
  requestTrailers: Trailers | undefined = undefined
  responseHeaders: ResponseHeaders | undefined = undefined
  responseTrailers: Trailers | undefined = undefined
  informationalHeaders: ResponseHeaders | undefined = undefined
  upstreamOverrideHost = undefined
  bufferLimit: number
  requestComplete = false
  responseComplete = false
  ended = false
  readonly #callbacks: RouterCallbacks
  readonly #router: ResponseDecoder
  readonly #filters: StreamFilters
  /** undefined until there is a connection. */
  #encoder: RequestEncoder | undefined = undefined
  /** What passed the filters before there was a connection. */
  readonly #waiting = new WaitingRequest()
  #pauses = 0

  constructor(callbacks: RouterCallbacks, router: ResponseDecoder, entries: readonly HttpFilterEntry[]) {
    this.#callbacks = callbacks
    this.#router = router
    this.bufferLimit = callbacks.decoderBufferLimit
    this.#filters = new StreamFilters(this)
    const codec: HttpFilterEntry = {
      name: 'envoy.filters.http.upstream_codec',
      disabled: false,
      factory: (chain) => chain.addDecoderFilter(this.#codec()),
      place: 0,
    }
    this.#filters.build([...entries, codec], callbacks.route)
  }

  /** The pool has a stream. */
  connect(encoder: RequestEncoder): void {
    this.#encoder = encoder
  }

  /** A filter has answered the request. */
  get answered(): boolean {
    return this.ended || this.#filters.decoders.aborted
  }

  /** There will be no stream. */
  abandon(): void {
    this.#end()
  }

  // -------------------------------------------------------------------------------------- the request, to the upstream

  /** Before there is a connection. */
  begin(headers: RequestHeaders, end: boolean): void {
    this.requestHeaders = headers
    this.requestComplete = end
    this.#filters.decoders.passHeaders(undefined, headers, end)
  }

  /** There is a connection: headers are here since `begin`, and what passed the filters goes on. */
  encodeHeaders(): string | undefined {
    const encoder = this.#encoder
    if (encoder === undefined) return undefined
    const wasFull = this.#waiting.isFull
    const refusal = this.#waiting.sendTo(encoder)
    if (wasFull) this.#router.onBelowLowWatermark()
    return refusal
  }

  encodeData(data: ByteQueue, end: boolean): void {
    if (end) this.requestComplete = true
    this.#filters.decoders.passData(undefined, data, end, false)
  }

  encodeTrailers(trailers: Trailers): void {
    this.requestComplete = true
    this.requestTrailers = trailers
    this.#filters.decoders.passTrailers(undefined, trailers)
  }

  reset(reason: ResetReason): void {
    this.#end()
    this.#encoder?.reset(reason)
  }

  readDisable(disable: boolean): void {
    this.#encoder?.readDisable(disable)
  }

  get meter(): BytesMeter {
    if (this.#encoder === undefined)
      throw new Error('an upstream stream was asked for its bytes before it had a connection')
    return this.#encoder.meter
  }

  /** Behind the last filter. */
  #codec(): DecoderFilter {
    return {
      keepsNoBody: true,
      setDecoderCallbacks: () => undefined,
      decodeHeaders: (headers, end) => {
        if (this.#encoder === undefined) this.#waiting.holdHeaders(headers, end)
        else if (this.#encoder.encodeHeaders(headers, end) !== undefined) this.resetStream('local-reset', '')
        return 'stop-iteration'
      },
      decodeData: (data, end) => {
        if (this.#encoder !== undefined) this.#encoder.encodeData(data, end)
        else if (this.#waiting.holdData(data, end, this.bufferLimit)) this.#router.onAboveHighWatermark()
        return 'stop-no-buffer'
      },
      decodeTrailers: (trailers) => {
        if (this.#encoder === undefined) this.#waiting.trailers = trailers
        else this.#encoder.encodeTrailers(trailers)
        return 'stop'
      },
      onDestroy: () => undefined,
    }
  }

  // ----------------------------------------------------------------------------------------- the response, to the router

  decode1xx(headers: ResponseHeaders): void {
    this.respond1xx(headers)
  }

  decodeHeaders(headers: ResponseHeaders, end: boolean): void {
    this.respondHeaders(headers, end)
  }

  decodeData(data: ByteQueue, end: boolean): void {
    this.respondData(data, end)
  }

  decodeTrailers(trailers: Trailers): void {
    this.respondTrailers(trailers)
  }

  onReset(reason: ResetReason, detail: string): void {
    if (this.ended) return
    this.#end()
    this.#router.onReset(reason, detail)
  }

  onAboveHighWatermark(): void {
    this.#router.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#router.onBelowLowWatermark()
  }

  respond1xx(headers: ResponseHeaders): void {
    const { encoders } = this.#filters
    if (encoders === undefined) this.finish1xx(headers)
    else encoders.pass1xx(undefined, headers)
  }

  respondHeaders(headers: ResponseHeaders, end: boolean): void {
    this.responseHeaders = headers
    this.responseComplete = end
    const { encoders } = this.#filters
    if (encoders === undefined) this.finishHeaders(headers, end)
    else encoders.passHeaders(undefined, headers, end)
  }

  respondData(data: ByteQueue, end: boolean): void {
    if (end) this.responseComplete = true
    const { encoders } = this.#filters
    if (encoders === undefined) this.finishData(data, end)
    else encoders.passData(undefined, data, end, false)
  }

  respondTrailers(trailers: Trailers): void {
    this.responseComplete = true
    this.responseTrailers = trailers
    const { encoders } = this.#filters
    if (encoders === undefined) this.finishTrailers(trailers)
    else encoders.passTrailers(undefined, trailers)
  }

  finish1xx(headers: ResponseHeaders): void {
    this.#router.decode1xx(headers)
  }

  finishHeaders(headers: ResponseHeaders, end: boolean): void {
    if (end) this.#end()
    this.#router.decodeHeaders(headers, end)
  }

  finishData(data: ByteQueue, end: boolean): void {
    if (end) this.#end()
    this.#router.decodeData(data, end)
  }

  finishTrailers(trailers: Trailers): void {
    this.#end()
    this.#router.decodeTrailers(trailers)
  }

  // ------------------------------------------------------------------------------------------- what filters may ask

  get dispatcher(): Dispatcher {
    return this.#callbacks.dispatcher
  }

  get trace(): StreamTrace | undefined {
    return this.#callbacks.trace
  }

  get streamInfo(): StreamInfo {
    return this.#callbacks.streamInfo
  }

  get connection(): Connection | undefined {
    return this.#callbacks.connection
  }

  get streamRandom(): number {
    return this.#callbacks.streamRandom
  }

  get route(): Route | undefined {
    return this.#callbacks.route
  }

  newTrailers(): Trailers {
    return newTrailers()
  }

  /** The route was chosen long ago. */
  clearRouteCache(): void {}
  requestRouteConfigUpdate(done: (found: boolean) => void): void {
    done(false)
  }
  setRoute(): void {}

  recreateStream(): boolean {
    return false
  }

  /** Answers the downstream; the attempt ends with its stream. */
  sendLocalReply(reply: LocalReply): void {
    if (this.ended) return
    this.#filters.decoders.aborted = true
    this.#callbacks.sendLocalReply(reply)
  }

  flushLocalReply(): void {}

  resetStream(reason: ResetReason, detail: string): void {
    if (this.ended) return
    this.#encoder?.reset(reason)
    this.onReset(reason, detail)
  }

  onRequestTooLarge(): void {
    this.sendLocalReply(REQUEST_TOO_LARGE)
  }

  onResponseTooLarge(): void {
    this.resetStream('local-reset', 'response_payload_too_large')
  }

  pauseRequest(): void {
    this.#router.onAboveHighWatermark()
  }

  resumeRequest(): void {
    this.#router.onBelowLowWatermark()
  }

  pauseResponse(): void {
    if (this.#pauses++ === 0) this.#encoder?.readDisable(true)
  }

  resumeResponse(): void {
    if (--this.#pauses === 0) this.#encoder?.readDisable(false)
  }

  addDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    this.#callbacks.addDownstreamWatermarkCallbacks(observer)
  }

  removeDownstreamWatermarkCallbacks(observer: WatermarkObserver): void {
    this.#callbacks.removeDownstreamWatermarkCallbacks(observer)
  }

  #end(): void {
    if (this.ended) return
    this.ended = true
    this.#filters.completeFilters()
    this.#filters.destroyFilters()
  }
}
