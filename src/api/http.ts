import type { ByteQueue, WatermarkObserver } from './bytes.ts'
import type { ResetReason } from './codec.ts'
import type { Dispatcher } from './event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from './headers.ts'
import type { Connection } from './network.ts'
import type { Route } from './route.ts'
import type { ResponseFlag, StreamInfo } from './stream-info.ts'
import type { StreamTrace } from './tracing.ts'
import type { OverrideHost } from './upstream.ts'

/*
 * The HTTP filter contract. A stream runs on one thread; every call is synchronous and runs to completion.
 * Decoder filters run in the order of configuration, encoder filters in reverse. The last one is terminal.
 *
 * After `onDestroy` a filter is called by nobody and calls nobody. A filter that sent a local reply gets no
 * further decode calls. Statuses are Envoy's FilterHeadersStatus / FilterDataStatus / FilterTrailersStatus.
 */

/**
 * continue: on to the next filter.
 * stop-iteration: hold here; body still arrives at this filter's decodeData; go on with continueDecoding.
 * stop-all-and-buffer / stop-all-and-watermark: body does not arrive either, it is buffered (beyond the limit:
 *   413/500) or held back by flow control.
 * continue-and-dont-end-stream: headers go on without the end flag; the filter adds a body later.
 */
export type HeadersStatus =
  | 'continue'
  | 'stop-iteration'
  | 'stop-all-and-buffer'
  | 'stop-all-and-watermark'
  | 'continue-and-dont-end-stream'

export type DataStatus = 'continue' | 'stop-and-buffer' | 'stop-and-watermark' | 'stop-no-buffer'
export type TrailersStatus = 'continue' | 'stop'

/** The two halves share the end of life. */
export interface StreamFilterBase {
  /**
   * Body passes it, and it looks at no byte of it again after the call that gave it. Absent: it may, and memory that bodies
   * came in is not used again by the sockets.
   */
  readonly keepsNoBody?: boolean
  /** Once, when the stream is over or reset. Cancel everything here. */
  onDestroy(): void
  /** Before the access log is written; the filter may leave its last metadata. */
  onStreamComplete?(): void
  /**
   * Somebody answers this stream by a local reply, which is about to be built. Send none from here.
   * continue-and-reset: the stream is reset instead of being answered.
   */
  onLocalReply?(reply: LocalReply): 'continue' | 'continue-and-reset'
}

export interface DecoderFilter extends StreamFilterBase {
  /** Before any other call. */
  setDecoderCallbacks(callbacks: DecoderCallbacks): void
  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus
  decodeData(data: ByteQueue, end: boolean): DataStatus
  decodeTrailers(trailers: Trailers): TrailersStatus
  /** The whole request has been given to this filter. */
  decodeComplete?(): void
}

export interface EncoderFilter extends StreamFilterBase {
  /** Before any other call. */
  setEncoderCallbacks(callbacks: EncoderCallbacks): void
  /** stop: until `continueEncoding`. Absent: it passes. */
  encode1xx?(headers: ResponseHeaders): 'continue' | 'stop'
  encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus
  encodeData(data: ByteQueue, end: boolean): DataStatus
  encodeTrailers(trailers: Trailers): TrailersStatus
  /** The whole response has been given to this filter. */
  encodeComplete?(): void
}

/** What both directions may ask of the stream. */
export interface FilterCallbacks {
  readonly dispatcher: Dispatcher
  readonly streamInfo: StreamInfo
  /** Undefined without a tracer. */
  readonly trace?: StreamTrace | undefined
  readonly connection: Connection | undefined
  /** The cached choice; made on first use. undefined: no route matches. */
  readonly route: Route | undefined
  /** Forgets the choice, so that the next reading matches again. No effect after the response began. */
  clearRouteCache(): void
  /**
   * Asks for the route table that this request lacks, where tables come on demand, and matches again once it is there. `done`
   * once, possibly at once: whether anything came. It may come after the filter's end.
   */
  requestRouteConfigUpdate(done: (found: boolean) => void): void
  /** Uses this route from now on. */
  setRoute(route: Route): void
  /** 64-bit-like random number of the stream as an unsigned 32-bit integer; the same during the whole stream. */
  readonly streamRandom: number
  /** Most specific per-route configuration of this filter. */
  readonly perRouteConfig: unknown
  /** Every per-route configuration of this filter: of the table, virtual host, route, weighted cluster; in this order. */
  readonly perRouteConfigs: readonly unknown[]
  /** Resets the stream towards the downstream. */
  resetStream(reason: ResetReason, detail: string): void
  /** Of the entry in http_filters. */
  readonly filterName: string
}

export interface DecoderCallbacks extends FilterCallbacks {
  readonly requestHeaders: RequestHeaders
  readonly requestTrailers: Trailers | undefined
  continueDecoding(): void
  /** What stop-and-buffer collected so far. */
  readonly decodingBuffer: ByteQueue | undefined
  /** Adds to what later filters get; `streaming`: past the watermark hold back instead of failing. */
  addDecodedData(data: ByteQueue, streaming: boolean): void
  /**
   * Hands data to the next filter at once, past what is buffered, and the headers before it when they still wait: for
   * filters that keep the body themselves and let it go piece by piece. Never from inside of a decode callback.
   */
  injectDecodedData(data: ByteQueue, end: boolean): void
  /** Call it while the end of the request is being decoded. */
  addDecodedTrailers(): Trailers
  /** Answers by itself. Encoder filters see the reply; decoding stops. */
  sendLocalReply(reply: LocalReply): void
  /** The terminal filter hands the response over with these. */
  encode1xx(headers: ResponseHeaders): void
  encodeHeaders(headers: ResponseHeaders, end: boolean, details: string): void
  encodeData(data: ByteQueue, end: boolean): void
  encodeTrailers(trailers: Trailers): void
  /** The filter that feeds an upstream is over / under its own limit: stops and resumes the downstream's reading. */
  onDecoderFilterAboveHighWatermark(): void
  onDecoderFilterBelowLowWatermark(): void
  /** Told when the downstream's write buffer is over / under its limit (stop and resume producing response). */
  addDownstreamWatermarkCallbacks(observer: WatermarkObserver): void
  removeDownstreamWatermarkCallbacks(observer: WatermarkObserver): void
  /** Bytes of buffering allowed for this stream, in each direction; 0: any number. */
  decoderBufferLimit: number
  /** Which host the router is to choose first; not for retries. */
  upstreamOverrideHost: OverrideHost | undefined
  /**
   * Ends this stream and starts another one in its place with the present request headers and `body` (undefined: what
   * stop-and-buffer collected), as if it came anew. `response` is what the old stream is logged with. False when that is
   * not possible now: the request is not complete, or its response has begun. After true this stream is over.
   */
  recreateStream(response: ResponseHeaders | undefined, body: ByteQueue | undefined): boolean
}

export interface EncoderCallbacks extends FilterCallbacks {
  /** Undefined when the reply is to something that never became a request. */
  readonly requestHeaders: RequestHeaders | undefined
  readonly responseHeaders: ResponseHeaders | undefined
  readonly responseTrailers: Trailers | undefined
  continueEncoding(): void
  readonly encodingBuffer: ByteQueue | undefined
  addEncodedData(data: ByteQueue, streaming: boolean): void
  /** As `injectDecodedData`. */
  injectEncodedData(data: ByteQueue, end: boolean): void
  addEncodedTrailers(): Trailers
  sendLocalReply(reply: LocalReply): void
  onEncoderFilterAboveHighWatermark(): void
  onEncoderFilterBelowLowWatermark(): void
  /** The same number as `decoderBufferLimit`. */
  encoderBufferLimit: number
}

export interface LocalReply {
  readonly status: number
  /** latin1; '' for an empty body. */
  readonly body: string
  /** %RESPONSE_CODE_DETAILS%. */
  readonly details: string
  readonly flag?: ResponseFlag
  /** Changes the reply's headers before the filters see them. */
  readonly modifyHeaders?: (headers: ResponseHeaders) => void
  /** grpc-status to use instead of the one mapped from `status`, for gRPC requests. */
  readonly grpcStatus?: number
}

/** Adds the filters of one stream; called once per stream for each entry of http_filters. */
export type HttpFilterFactory = (builder: HttpFilterChainBuilder) => void

/** One entry of http_filters, ready to make filters. */
export interface HttpFilterEntry {
  readonly name: string
  /** Off unless a route enables it. */
  readonly disabled: boolean
  readonly factory: HttpFilterFactory
  /** The number that the dispatcher gave to the filter, see `Dispatcher.at`. */
  readonly place: number
}

export interface HttpFilterChainBuilder {
  addDecoderFilter(filter: DecoderFilter): void
  addEncoderFilter(filter: EncoderFilter): void
  /** Both halves of one object, as one position of the chain. */
  addFilter(filter: DecoderFilter & EncoderFilter): void
}
