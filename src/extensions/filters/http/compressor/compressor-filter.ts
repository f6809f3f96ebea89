/** Compresses responses for clients that accept it, and requests where configured, piece by piece as they come. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Compressor, CompressorFactory } from '../../../../api/compression.ts'
import type { HeaderMap, RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { DecoderCallbacks, DecoderFilter, EncoderCallbacks, EncoderFilter } from '../../../../api/http.ts'
import { ByteQueue as Queue } from '../../../../base/byte-queue.ts'
import { requestEndsApart, responseEndsApart } from '../common/ends-apart.ts'
import { isUpgrade } from '../../../../codec/headers/is-upgrade.ts'
import type { CompressorPerRoute } from './config.ts'
import type { CompressorShared } from './compressor-shared.ts'
import type { EncodingOffer } from './compressors-of-stream.ts'
import { CompressorsOfStream } from './compressors-of-stream.ts'
import type { DirectionConfig } from './direction.ts'
import { isLongEnough, takesContentTypeOf } from './direction.ts'
import { checkResponse } from './response-check.ts'
import { insertVary, sanitizeEtag } from './response-headers.ts'
import type { DirectionStats } from './stats.ts'

export class CompressorFilter implements DecoderFilter, EncoderFilter, EncodingOffer {
  readonly #shared: CompressorShared
  #decoderCallbacks!: DecoderCallbacks
  #encoderCallbacks!: EncoderCallbacks
  #acceptEncoding: string | undefined = undefined
  /** Of the route's library, or of the filter's. */
  #factory: CompressorFactory
  #request: Compressor | undefined = undefined
  #response: Compressor | undefined = undefined

  constructor(shared: CompressorShared) {
    this.#shared = shared
    this.#factory = shared.factory(undefined)
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoderCallbacks = callbacks
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoderCallbacks = callbacks
  }

  get ownEncoding(): string {
    return this.#shared.factory(undefined).contentEncoding
  }

  get encoding(): string {
    return this.#factory.contentEncoding
  }

  get chooseFirst(): boolean {
    return this.#shared.config.chooseFirst
  }

  takesContentType(type: string): boolean {
    return this.#shared.config.response.takesContentType(type)
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): 'continue' {
    const shared = this.#shared
    const perRoute = this.#perRoute(this.#decoderCallbacks)
    this.#acceptEncoding = headers.get('accept-encoding')
    CompressorsOfStream.of(this.#decoderCallbacks.streamInfo).add(this)
    if (this.#compressesResponses(perRoute)) {
      const { removeAcceptEncoding } = shared.config.response
      if (perRoute?.removeAcceptEncoding ?? removeAcceptEncoding) headers.remove('accept-encoding')
    }
    const { request } = shared.config
    if (request !== undefined && !end && this.#takesRequest(request, headers)) {
      headers.remove('content-length')
      headers.set('content-encoding', this.#factory.contentEncoding)
      shared.requestStats.compressed.inc()
      this.#request = this.#factory.create()
    } else shared.requestStats.notCompressed.inc()
    return 'continue'
  }

  decodeData(data: ByteQueue, end: boolean): 'continue' {
    if (this.#request !== undefined) {
      const apart = requestEndsApart(this.#decoderCallbacks.streamInfo)
      compress(this.#request, this.#shared.requestStats, data, end, apart)
    }
    return 'continue'
  }

  decodeTrailers(): 'continue' {
    if (this.#request === undefined) return 'continue'
    const last = new Queue()
    compress(this.#request, this.#shared.requestStats, last, true, false)
    this.#decoderCallbacks.addDecodedData(last, true)
    return 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): 'continue' {
    const { config, responseStats } = this.#shared
    const perRoute = this.#perRoute(this.#encoderCallbacks)
    const lengthBefore = headers.get('content-length') ?? ''
    const check = checkResponse(this.#shared, headers, this.#compressesResponses(perRoute), end)
    if (check.status !== '') this.#appendStatus(headers, check.status)
    const { statusHeader, weakenEtag } = config.response
    if (statusHeader && check.compressible) insertVary(headers)
    const accepted = check.asksClient && !end && this.#isAccepted(headers)
    if (accepted && check.compressible && mayBeEncoded(headers, this.encoding)) {
      sanitizeEtag(headers, weakenEtag)
      headers.remove('content-length')
      headers.set('content-encoding', this.encoding)
      if (statusHeader) this.#appendStatus(headers, `Compressed;OriginalLength=${lengthBefore}`)
      responseStats.compressed.inc()
      this.#response = this.#factory.create()
    } else responseStats.notCompressed.inc()
    if (!statusHeader && check.compressible) insertVary(headers)
    return 'continue'
  }

  encodeData(data: ByteQueue, end: boolean): 'continue' {
    if (this.#response !== undefined) {
      const apart = responseEndsApart(this.#encoderCallbacks.streamInfo)
      compress(this.#response, this.#shared.responseStats, data, end, apart)
    }
    return 'continue'
  }

  encodeTrailers(): 'continue' {
    if (this.#response === undefined) return 'continue'
    const last = new Queue()
    compress(this.#response, this.#shared.responseStats, last, true, false)
    this.#encoderCallbacks.addEncodedData(last, true)
    return 'continue'
  }

  onDestroy(): void {
    this.#request?.close()
    this.#response?.close()
  }

  /** What the route says; its library is the one to use from now on. */
  #perRoute(callbacks: DecoderCallbacks | EncoderCallbacks): CompressorPerRoute | undefined {
    const perRoute = callbacks.perRouteConfig as CompressorPerRoute | undefined
    if (perRoute?.library !== undefined) this.#factory = this.#shared.factory(perRoute.library)
    return perRoute
  }

  #compressesResponses(perRoute: CompressorPerRoute | undefined): boolean {
    return perRoute?.enabled ?? this.#shared.config.response.enabled(this.#shared.runtime)
  }

  #takesRequest(direction: DirectionConfig, headers: RequestHeaders): boolean {
    if (!direction.enabled(this.#shared.runtime) || isUpgrade(headers)) return false
    if (!isLongEnough(direction, headers)) {
      this.#shared.requestStats.contentLengthTooSmall.inc()
      return false
    }
    return (
      takesContentTypeOf(direction, headers) && !headers.has('content-encoding') && mayBeEncoded(headers, this.encoding)
    )
  }

  /** The client wants this filter's encoding. Counts what it wants. */
  #isAccepted(headers: ResponseHeaders): boolean {
    const stats = this.#shared.acceptStats
    if (this.#acceptEncoding === undefined) {
      stats.noAcceptHeader.inc()
      return false
    }
    const compressors = CompressorsOfStream.of(this.#encoderCallbacks.streamInfo)
    const { encoding, because } = compressors.decide(this, this.#acceptEncoding, headers)
    const ours = encoding.toLowerCase() === this.encoding.toLowerCase()
    switch (because) {
      case 'compressor':
        if (ours) stats.headerCompressorUsed.inc()
        else stats.headerCompressorOvershadowed.inc()
        break
      case 'identity':
        stats.headerIdentity.inc()
        break
      case 'wildcard':
        stats.headerWildcard.inc()
        break
      case 'not-valid':
        stats.headerNotValid.inc()
        break
    }
    return ours
  }

  #appendStatus(headers: ResponseHeaders, status: string): void {
    headers.append('x-envoy-compression-status', `${this.encoding};${status}`)
  }
}

function compress(compressor: Compressor, stats: DirectionStats, data: ByteQueue, end: boolean, apart: boolean): void {
  stats.totalUncompressedBytes.add(data.length)
  compressor.compress(data, end && !apart)
  if (end && apart) {
    const last = new Queue()
    compressor.compress(last, true)
    last.moveTo(data)
  }
  stats.totalCompressedBytes.add(data.length)
}

const CODINGS: readonly string[] = ['gzip', 'br', 'deflate', 'compress', 'zstd']

/** Not compressed already on this hop. */
function mayBeEncoded(headers: HeaderMap, encoding: string): boolean {
  const coding = headers.get('transfer-encoding')
  if (coding === undefined) return true
  return !coding.split(',').some((each) => {
    const name = each.trim().toLowerCase()
    return CODINGS.includes(name) || name === encoding.toLowerCase()
  })
}
