/**
 * A proxy of two codecs and nothing else: what the server codec delivers goes to a client codec after the few changes
 * that Envoy's connection manager makes to every request head. For comparing wire forms with Envoy's.
 */
import type { RequestEncoder, ResponseEncoder, ServerCodec } from '../../../api/codec.ts'
import type { ProtocolError, RequestDecoder } from '../../../api/codec.ts'
import type { RequestHeaders } from '../../../api/headers.ts'
import { newResponseHeaders } from '../../headers/response-headers.ts'
import { createHttp1ClientCodec } from '../client-codec.ts'
import { listHasToken } from '../connection-header.ts'
import { createHttp1ServerCodec } from '../server-codec.ts'
import type { Http1ClientSettings, Http1ServerSettings } from '../settings.ts'
import { RecordingResponse } from './recording.ts'

export class ForwardedRequest {
  wire = ''
  complete = false
}

export class ForwardingServer {
  readonly codec: ServerCodec
  readonly requests: ForwardedRequest[] = []
  error: ProtocolError | undefined = undefined
  readonly #upstream: Http1ClientSettings
  readonly #defaultHost: string | undefined

  constructor(settings: Http1ServerSettings, upstream: Http1ClientSettings, defaultHost: string | undefined) {
    this.#upstream = upstream
    this.#defaultHost = defaultHost
    const sink = {
      newStream: (e: ResponseEncoder) => this.#newStream(e),
      write: () => undefined,
      writeComposed: () => undefined,
      onGoAway: () => undefined,
    }
    this.codec = createHttp1ServerCodec(sink, settings)
  }

  feed(bytes: Uint8Array): void {
    this.error = this.codec.dispatch(Buffer.from(bytes)) ?? this.codec.resume()
  }

  #newStream(encoder: ResponseEncoder): RequestDecoder {
    const request = new ForwardedRequest()
    this.requests.push(request)
    const upstream = createHttp1ClientCodec(
      {
        write: (chunk) => {
          request.wire += typeof chunk === 'string' ? chunk : Buffer.from(chunk).latin1Slice()
        },
        writeComposed: ({ bytes, length }) => {
          request.wire += bytes.latin1Slice(0, length)
        },
        onGoAway: () => undefined,
      },
      this.#upstream,
    )
    const out: RequestEncoder = upstream.newStream(new RecordingResponse())
    let close = false
    const finish = (): void => {
      request.complete = true
      const response = newResponseHeaders(200)
      if (close) response.set('connection', 'close')
      encoder.encodeHeaders(response, true)
    }
    return {
      decodeHeaders: (headers, end) => {
        close = this.#sanitise(headers)
        if (headers.authority === undefined) {
          const response = newResponseHeaders(400) // missing_host_header
          response.set('connection', 'close')
          encoder.encodeHeaders(response, true)
          return
        }
        const problem = out.encodeHeaders(headers, end)
        if (problem !== undefined) request.wire = `(${problem})`
        if (end) finish()
      },
      decodeData: (data, end) => {
        out.encodeData(data, end)
        if (end) finish()
      },
      decodeTrailers: (trailers) => {
        out.encodeTrailers(trailers)
        finish()
      },
      onReset: () => undefined,
      onAboveHighWatermark: () => undefined,
      onBelowLowWatermark: () => undefined,
    }
  }

  /** Whether the client asked for the connection to end. */
  #sanitise(headers: RequestHeaders): boolean {
    const connection = headers.get('connection') ?? ''
    const close =
      listHasToken(connection, 'close') ||
      (this.codec.protocol === 'HTTP/1.0' && !listHasToken(connection, 'keep-alive'))
    if (!(listHasToken(connection, 'upgrade') && headers.has('upgrade'))) {
      headers.remove('connection')
      headers.remove('upgrade')
    }
    for (const name of ['keep-alive', 'proxy-connection', 'transfer-encoding']) headers.remove(name)
    const te = headers.get('te')
    if (te !== undefined && te !== 'trailers') {
      if (listHasToken(te, 'trailers')) headers.set('te', 'trailers')
      else headers.remove('te')
    }
    if (headers.authority === undefined && this.codec.protocol === 'HTTP/1.0') headers.authority = this.#defaultHost
    return close
  }
}
