/** What a filter chain and the callbacks of its filters ask of the stream that they belong to. */
import type { ByteQueue, WatermarkObserver } from '../../api/bytes.ts'
import type { ResetReason } from '../../api/codec.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { LocalReply } from '../../api/http.ts'
import type { Connection } from '../../api/network.ts'
import type { Route } from '../../api/route.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { StreamTrace } from '../../api/tracing.ts'
import type { OverrideHost } from '../../api/upstream.ts'

export interface FilterStream {
  readonly dispatcher: Dispatcher
  readonly streamInfo: StreamInfo
  readonly connection: Connection | undefined
  readonly streamRandom: number

  /** Undefined without a tracer. */
  readonly trace: StreamTrace | undefined
  readonly route: Route | undefined
  clearRouteCache(): void
  setRoute(route: Route): void
  requestRouteConfigUpdate(done: (found: boolean) => void): void

  requestHeaders: RequestHeaders | undefined
  requestTrailers: Trailers | undefined
  /** The final response as it is on its way through the chain. */
  responseHeaders: ResponseHeaders | undefined
  responseTrailers: Trailers | undefined
  /** Informational response that waits for a filter. */
  informationalHeaders: ResponseHeaders | undefined

  /** Bytes that filters may hold in each direction; 0: any number. */
  bufferLimit: number

  /** Of a filter, for the router. */
  upstreamOverrideHost: OverrideHost | undefined

  /** The request was received to its end. */
  readonly requestComplete: boolean
  /** The response was produced to its end by the terminal filter. */
  readonly responseComplete: boolean
  /** The stream is over: nobody calls or is called any more. */
  readonly ended: boolean

  /** An empty map for trailers that a filter adds. */
  newTrailers(): Trailers
  sendLocalReply(reply: LocalReply): void
  /** Sends the local reply that waited for a decoder callback to return. */
  flushLocalReply(): void
  resetStream(reason: ResetReason, detail: string): void
  recreateStream(response: ResponseHeaders | undefined, body: ByteQueue | undefined): boolean

  /** The terminal filter's response enters the encoder chain. */
  respond1xx(headers: ResponseHeaders): void
  respondHeaders(headers: ResponseHeaders, end: boolean, details: string): void
  respondData(data: ByteQueue, end: boolean): void
  respondTrailers(trailers: Trailers): void

  /** What has passed every encoder filter. */
  finish1xx(headers: ResponseHeaders): void
  finishHeaders(headers: ResponseHeaders, end: boolean): void
  finishData(data: ByteQueue, end: boolean): void
  finishTrailers(trailers: Trailers): void

  /** A filter buffered more of the request / response than it may. */
  onRequestTooLarge(): void
  onResponseTooLarge(): void

  /** Pauses / resumes the reading of the request. Counted. */
  pauseRequest(): void
  resumeRequest(): void
  /** Pauses / resumes the producer of the response. Counted. */
  pauseResponse(): void
  resumeResponse(): void
  addDownstreamWatermarkCallbacks(observer: WatermarkObserver): void
  removeDownstreamWatermarkCallbacks(observer: WatermarkObserver): void
}
