/** Lets bodies pass at a rate that all streams share. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Trailers } from '../../../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  TrailersStatus,
} from '../../../../api/http.ts'
import type { BandwidthInUse } from './bandwidth-in-use.ts'
import type { BandwidthLimitConfig } from './config.ts'
import { LimitedBody } from './limited-body.ts'

export interface BandwidthShared {
  readonly own: BandwidthInUse
  /** The one of a route; `table` is the name of its route table. */
  ofRoute(config: BandwidthLimitConfig, table: string): BandwidthInUse
}

export class BandwidthLimitFilter implements DecoderFilter, EncoderFilter {
  readonly #shared: BandwidthShared
  #decoder!: DecoderCallbacks
  #encoder!: EncoderCallbacks
  #request: LimitedBody | undefined = undefined
  #response: LimitedBody | undefined = undefined
  /** Of the response, where they are to tell of the delays. */
  #trailers: Trailers | undefined = undefined
  #config: BandwidthLimitConfig

  constructor(shared: BandwidthShared) {
    this.#shared = shared
    this.#config = shared.own.config
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoder = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoder = callbacks
  }

  decodeHeaders(): 'continue' {
    const inUse = this.#inUse(this.#decoder)
    if (!inUse.config.limitsRequests || !inUse.enabled) return 'continue'
    const decoder = this.#decoder
    this.#request = new LimitedBody(inUse, inUse.requestStats, {
      dispatcher: decoder.dispatcher,
      bufferLimit: decoder.decoderBufferLimit,
      inject: (data, end) => decoder.injectDecodedData(data, end),
      continueWithTrailers: () => decoder.continueDecoding(),
      pause: () => decoder.onDecoderFilterAboveHighWatermark(),
      resume: () => decoder.onDecoderFilterBelowLowWatermark(),
      onFinished: () => undefined,
    })
    return 'continue'
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#request === undefined) return 'continue'
    this.#request.take(data, end, false)
    return 'stop-no-buffer'
  }

  decodeTrailers(): TrailersStatus {
    return this.#request?.onTrailers() === true ? 'stop' : 'continue'
  }

  encodeHeaders(): 'continue' {
    const inUse = this.#inUse(this.#encoder)
    if (!inUse.config.limitsResponses || !inUse.enabled) return 'continue'
    const encoder = this.#encoder
    this.#config = inUse.config
    this.#response = new LimitedBody(inUse, inUse.responseStats, {
      dispatcher: encoder.dispatcher,
      bufferLimit: encoder.encoderBufferLimit,
      inject: (data, end) => encoder.injectEncodedData(data, end),
      continueWithTrailers: () => encoder.continueEncoding(),
      pause: () => encoder.onEncoderFilterAboveHighWatermark(),
      resume: () => encoder.onEncoderFilterBelowLowWatermark(),
      onFinished: () => this.#tellDelays(),
    })
    return 'continue'
  }

  encodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#response === undefined) return 'continue'
    const tells = end && this.#config.responseTrailers
    if (tells) this.#trailers = this.#encoder.addEncodedTrailers()
    this.#response.take(data, end, tells)
    return 'stop-no-buffer'
  }

  encodeTrailers(trailers: Trailers): TrailersStatus {
    if (this.#response === undefined) return 'continue'
    if (this.#config.responseTrailers) this.#trailers = trailers
    return this.#response.onTrailers() ? 'stop' : 'continue'
  }

  onDestroy(): void {
    this.#request?.destroy()
    this.#response?.destroy()
  }

  #inUse(callbacks: DecoderCallbacks | EncoderCallbacks): BandwidthInUse {
    const perRoute = callbacks.perRouteConfig as BandwidthLimitConfig | undefined
    if (perRoute === undefined) return this.#shared.own
    return this.#shared.ofRoute(perRoute, callbacks.route?.virtualHost.routeConfigName ?? '')
  }

  /** What was not delayed is not told. */
  #tellDelays(): void {
    const trailers = this.#trailers
    if (trailers === undefined) return
    const tell = (name: string, ms: number | undefined): void => {
      if (ms !== undefined && ms > 0)
        trailers.set(`${this.#config.trailerPrefix}bandwidth-${name}-delay-ms`, String(ms))
    }
    tell('request', this.#request?.durationMs)
    tell('request-filter', this.#request?.delayMs)
    tell('response', this.#response?.durationMs)
    tell('response-filter', this.#response?.delayMs)
  }
}
