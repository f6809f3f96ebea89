/**
 * A plain connection as the upstream of a request: its answer is 200 at once, and bodies are the bytes in both
 * directions (Envoy: TcpUpstream).
 */
import type { ByteQueue } from '../../api/bytes.ts'
import type { BytesMeter, RequestEncoder, ResponseDecoder } from '../../api/codec.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, ReadFilter } from '../../api/network.ts'
import type { ReadableConnection } from '../../api/upstream.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'

export class TcpUpstream implements RequestEncoder, ReadFilter, ConnectionCallbacks {
  readonly #connection: ReadableConnection
  readonly #preface: string
  readonly #meter: BytesMeter = {
    headerBytesReceived: 0,
    headerBytesSent: 0,
    decompressedHeaderBytesReceived: 0,
    wireBytesReceived: 0,
    wireBytesSent: 0,
  }
  /** undefined: nothing is told any more. */
  #decoder: ResponseDecoder | undefined

  /** `preface` goes in front of everything; '' for none. */
  constructor(connection: ReadableConnection, preface: string, decoder: ResponseDecoder) {
    this.#connection = connection
    this.#preface = preface
    this.#decoder = decoder
    connection.setHalfClose(true)
    connection.addCallbacks(this)
    connection.addReadFilter(this)
  }

  get meter(): BytesMeter {
    return this.#meter
  }

  /** As Envoy: a request without a body ends nothing. */
  encodeHeaders(): undefined {
    if (this.#preface !== '') this.#connection.write(this.#preface)
    this.#meter.wireBytesSent += this.#preface.length
    this.#decoder?.decodeHeaders(newResponseHeaders(200), false)
    return undefined
  }

  encodeData(data: ByteQueue, end: boolean): void {
    this.#meter.wireBytesSent += data.length
    for (let piece = data.shift(); piece !== undefined; piece = data.shift()) this.#connection.write(piece)
    if (end) this.#endWrite()
  }

  encodeTrailers(): void {
    this.#endWrite()
  }

  reset(): void {
    this.#decoder = undefined
    this.#connection.close('no-flush')
  }

  readDisable(disable: boolean): void {
    this.#connection.readDisable(disable)
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue, end: boolean): FilterStatus {
    const decoder = this.#decoder
    this.#meter.wireBytesReceived += data.length
    if (decoder === undefined) data.clear()
    else {
      if (end) this.#decoder = undefined
      decoder.decodeData(data, end)
    }
    return 'stop'
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'connected') return
    const decoder = this.#decoder
    this.#decoder = undefined
    decoder?.onReset('connection-termination', '')
  }

  onAboveHighWatermark(): void {
    this.#decoder?.onAboveHighWatermark()
  }

  onBelowLowWatermark(): void {
    this.#decoder?.onBelowLowWatermark()
  }

  #endWrite(): void {
    this.#connection.endWrite()
  }
}
