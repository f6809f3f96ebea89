/** An HTTP/1.1 connection for one question at a time. */
import type { ByteQueue, ComposedBytes } from '../../api/bytes.ts'
import type { ClientCodec, ClientCodecSink, ResponseDecoder } from '../../api/codec.ts'
import type { RequestHeaders, ResponseHeaders } from '../../api/headers.ts'
import type { ConnectionCallbacks, ConnectionEvent, FilterStatus, ReadFilter } from '../../api/network.ts'
import { ByteQueue as Bytes } from '../../base/byte-queue.ts'
import { createHttp1ClientCodec } from '../../codec/http1/client-codec.ts'
import type { Http1ClientSettings } from '../../codec/http1/settings.ts'
import type { UpstreamConnection } from '../pool/upstream-connection.ts'

export interface HttpProbeClientOwner {
  onResponse(headers: ResponseHeaders, body: Buffer, reusable: boolean): void
  /** The connection ended before the answer was complete. */
  onFailed(): void
  /** The connection ended between two questions. */
  onClosed(): void
  onProtocolError(): void
}

interface Question {
  readonly headers: RequestHeaders
  readonly body: Uint8Array
}

export class HttpProbeClient implements ConnectionCallbacks, ReadFilter, ClientCodecSink, ResponseDecoder {
  readonly #connection: UpstreamConnection
  readonly #codec: ClientCodec
  /** Bytes of a response's body that somebody looks at. */
  readonly #keepsBytes: number
  readonly #owner: HttpProbeClientOwner
  /** Asked and not answered. */
  #question: Question | undefined = undefined
  #response: ResponseHeaders | undefined = undefined
  #body = new Bytes()
  #complete = false
  #connected = false
  #dropped = false

  constructor(
    connection: UpstreamConnection,
    settings: Http1ClientSettings,
    keepsBytes: number,
    owner: HttpProbeClientOwner,
  ) {
    this.#connection = connection
    this.#codec = createHttp1ClientCodec(this, settings)
    this.#keepsBytes = keepsBytes
    this.#owner = owner
    connection.addCallbacks(this)
    connection.addReadFilter(this)
  }

  /** Sent as soon as there is a connection. */
  request(headers: RequestHeaders, body: Uint8Array): void {
    this.#question = { headers, body }
    if (this.#connected) this.#send(this.#question)
  }

  /** Nothing is told after this. */
  drop(): void {
    this.#dropped = true
    this.#connection.close('abort-reset')
  }

  #send({ headers, body }: Question): void {
    const encoder = this.#codec.newStream(this)
    encoder.encodeHeaders(headers, body.length === 0)
    if (body.length === 0) return
    const data = new Bytes()
    data.push(body)
    encoder.encodeData(data, true)
  }

  // ---- connection

  onEvent(event: ConnectionEvent): void {
    if (this.#dropped) return
    if (event === 'connected') {
      this.#connected = true
      this.#connection.initializeReadFilters()
      if (this.#question !== undefined) this.#send(this.#question)
      return
    }
    this.#dropped = true
    if (event === 'remote-close' && this.#question !== undefined && this.#connected) this.#endByPeer()
    if (this.#complete) this.#answer()
    else if (this.#question !== undefined) this.#owner.onFailed()
    else this.#owner.onClosed()
  }

  /** The end of the connection may be that of a response. */
  #endByPeer(): void {
    if (this.#codec.onPeerEnd() !== undefined) this.#owner.onProtocolError()
  }

  onNewConnection(): FilterStatus {
    return 'continue'
  }

  onData(data: ByteQueue): FilterStatus {
    for (let chunk = data.shift(); chunk !== undefined && !this.#dropped; chunk = data.shift()) {
      const error = this.#question === undefined ? 'no question' : this.#codec.dispatch(chunk)
      if (error === undefined) continue
      this.#owner.onProtocolError()
      // An answer that was complete before the mistake counts.
      if (this.#complete) this.#answer()
      if (!this.#dropped) this.#connection.close('no-flush')
      return 'stop'
    }
    if (this.#complete) this.#answer()
    return 'stop'
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {}

  // ---- codec

  write(chunk: Uint8Array | string): void {
    this.#connection.write(chunk)
  }

  writeComposed(composed: ComposedBytes): void {
    this.#connection.writeComposed(composed)
  }

  onGoAway(): void {}

  decode1xx(): void {}

  decodeHeaders(headers: ResponseHeaders, end: boolean): void {
    this.#response = headers
    this.#complete = end
  }

  decodeData(data: ByteQueue, end: boolean): void {
    const wanted = Math.min(data.length, this.#keepsBytes - this.#body.length)
    if (wanted > 0) data.moveSomeTo(this.#body, wanted)
    this.#complete = end
  }

  decodeTrailers(): void {
    this.#complete = true
  }

  onReset(): void {}

  /** Outside of the codec's callbacks. */
  #answer(): void {
    const response = this.#response
    const body = this.#body
    this.#question = undefined
    this.#response = undefined
    this.#complete = false
    this.#body = new Bytes()
    if (response === undefined) return
    this.#owner.onResponse(response, Buffer.from(body.linearize()), this.#codec.reusable && !this.#dropped)
  }
}
