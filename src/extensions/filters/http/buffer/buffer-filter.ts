/** Holds a request back until it is complete, so that the upstream does not wait for a slow client. */
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { DataStatus, HeadersStatus } from '../../../../api/http.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { BufferConfig, BufferPerRoute } from './config.ts'

export class BufferFilter extends PassThroughDecoderFilter {
  readonly #config: BufferConfig
  /** Of the request that is held, undefined when none is. */
  #headers: RequestHeaders | undefined = undefined
  #length = 0

  constructor(config: BufferConfig) {
    super()
    this.#config = config
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    if (end) return 'continue'
    const route = this.callbacks.perRouteConfig as BufferPerRoute | undefined
    if (route === 'disabled') return 'continue'
    this.callbacks.decoderBufferLimit = (route ?? this.#config).maxRequestBytes
    this.#headers = headers
    return 'stop-iteration'
  }

  override decodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#headers === undefined) return 'continue'
    this.#length += data.length
    if (!end) return 'stop-and-buffer'
    this.#setLength(this.#headers)
    return 'continue'
  }

  override decodeTrailers(): 'continue' {
    if (this.#headers !== undefined) this.#setLength(this.#headers)
    return 'continue'
  }

  /** Now that it is known, chunks are not needed. */
  #setLength(headers: RequestHeaders): void {
    if (!headers.has('content-length')) headers.set('content-length', String(this.#length))
  }
}
