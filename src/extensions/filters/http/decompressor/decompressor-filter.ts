/** Makes compressed requests and responses plain, piece by piece as they come. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { HeaderMap, RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type { DecoderCallbacks, DecoderFilter, EncoderCallbacks, EncoderFilter } from '../../../../api/http.ts'
import { hasToken } from '../../../../http/request-headers/header-tokens.ts'
import { requestEndsApart, responseEndsApart } from '../common/ends-apart.ts'
import { BodyDecompressor } from './body-decompressor.ts'
import type { DecompressorDirection } from './config.ts'
import type { DecompressorShared, DecompressorStats } from './decompressor-shared.ts'
import { withAcceptedEncoding, withoutFirstEncoding } from './encoding-lists.ts'

export class DecompressorFilter implements DecoderFilter, EncoderFilter {
  readonly #shared: DecompressorShared
  #decoderCallbacks!: DecoderCallbacks
  #encoderCallbacks!: EncoderCallbacks
  #request: BodyDecompressor | undefined = undefined
  #response: BodyDecompressor | undefined = undefined

  constructor(shared: DecompressorShared) {
    this.#shared = shared
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoderCallbacks = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoderCallbacks = callbacks
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): 'continue' {
    const { config, contentEncoding, requestStats, runtime } = this.#shared
    if (config.advertise && config.response.enabled(runtime)) {
      headers.set('accept-encoding', withAcceptedEncoding(headers.get('accept-encoding'), contentEncoding))
    }
    if (!end) this.#request = this.#begin(config.request, requestStats, headers)
    return 'continue'
  }

  decodeData(data: ByteQueue, end: boolean): 'continue' {
    if (this.#request === undefined) return 'continue'
    this.#request.take(data, end && requestEndsApart(this.#decoderCallbacks.streamInfo))
    if (end) this.#request.report(this.#decoderCallbacks.addDecodedTrailers())
    return 'continue'
  }

  decodeTrailers(trailers: Trailers): 'continue' {
    this.#request?.report(trailers)
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): 'continue' {
    const { config, responseStats } = this.#shared
    if (!end) this.#response = this.#begin(config.response, responseStats, headers)
    return 'continue'
  }

  encodeData(data: ByteQueue, end: boolean): 'continue' {
    if (this.#response === undefined) return 'continue'
    this.#response.take(data, end && responseEndsApart(this.#encoderCallbacks.streamInfo))
    if (end) this.#response.report(this.#encoderCallbacks.addEncodedTrailers())
    return 'continue'
  }

  encodeTrailers(trailers: Trailers): 'continue' {
    this.#response?.report(trailers)
    return 'continue'
  }

  onDestroy(): void {
    this.#request?.close()
    this.#response?.close()
  }

  /** Undefined when the message is to be left as it is. */
  #begin(direction: DecompressorDirection, stats: DecompressorStats, headers: HeaderMap): BodyDecompressor | undefined {
    const encodings = headers.get('content-encoding')
    const rest =
      encodings === undefined || !this.#mayTransform(direction, headers)
        ? undefined
        : withoutFirstEncoding(encodings, this.#shared.contentEncoding)
    if (rest === undefined) {
      stats.notDecompressed.inc()
      return undefined
    }
    stats.decompressed.inc()
    headers.remove('content-length')
    if (rest === '') headers.remove('content-encoding')
    else headers.set('content-encoding', rest)
    return new BodyDecompressor(this.#shared, stats)
  }

  #mayTransform({ enabled, ignoreNoTransform }: DecompressorDirection, headers: HeaderMap): boolean {
    if (!enabled(this.#shared.runtime)) return false
    if (ignoreNoTransform) return true
    const control = headers.get('cache-control')
    return control === undefined || !hasToken(control, 'no-transform')
  }
}
