/** Sinks that write down what a codec reports, as lines that tests compare. */
import type {
  ProtocolError,
  RequestDecoder,
  ResponseDecoder,
  ResponseEncoder,
  ServerCodec,
} from '../../../api/codec.ts'
import type { HeaderMap, RequestHeaders } from '../../../api/headers.ts'
import type { ByteQueue } from '../../../base/byte-queue.ts'
import { newResponseHeaders } from '../../headers/response-headers.ts'
import { createHttp1ServerCodec } from '../server-codec.ts'
import type { Http1ServerSettings } from '../settings.ts'

export interface RecordedRequest {
  readonly headers: RequestHeaders | undefined
  readonly lines: readonly string[]
  readonly body: string
  readonly complete: boolean
}

/** A server that answers each complete request with 200 and no body, and records it. */
export class RecordingServer {
  readonly codec: ServerCodec
  readonly events: string[] = []
  readonly encoders: ResponseEncoder[] = []
  error: ProtocolError | undefined = undefined
  written = ''
  readonly #answers: boolean

  constructor(settings: Http1ServerSettings, answers = true) {
    this.#answers = answers
    this.codec = createHttp1ServerCodec(
      {
        newStream: (encoder) => this.#newStream(encoder),
        write: (chunk) => {
          this.written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).latin1Slice()
        },
        writeComposed: ({ bytes, length }) => {
          this.written += bytes.latin1Slice(0, length)
        },
        onGoAway: () => undefined,
      },
      settings,
    )
  }

  feed(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.error = this.codec.dispatch(Buffer.from(piece))
      if (this.error === undefined) this.error = this.codec.resume()
      if (this.error !== undefined) break
    }
    if (this.error !== undefined) this.events.push(`error ${this.error.status} ${this.error.details}`)
  }

  /** What the codec did, with neighbouring body events joined: how bytes are cut must not matter. */
  summary(): string[] {
    const out: string[] = []
    for (const event of this.events) {
      const last = out.length - 1
      if (event.startsWith('data ') && last >= 0 && out[last]!.startsWith('data ')) out[last] += event.slice(5)
      else out.push(event)
    }
    return out
  }

  #newStream(encoder: ResponseEncoder): RequestDecoder {
    const { events } = this
    events.push('stream')
    this.encoders.push(encoder)
    const finish = (): void => {
      events.push('end')
      if (this.#answers) encoder.encodeHeaders(newResponseHeaders(200), true)
    }
    return {
      decodeHeaders: (headers, end) => {
        events.push(`head ${describe(headers)}`)
        if (end) finish()
      },
      decodeData: (data, end) => {
        if (data.length > 0) events.push(`data ${textOf(data)}`)
        if (end) finish()
      },
      decodeTrailers: (trailers) => {
        events.push(`trailers ${linesOf(trailers)}`)
        finish()
      },
      onReset: (reason) => events.push(`reset ${reason}`),
      onAboveHighWatermark: () => events.push('above'),
      onBelowLowWatermark: () => events.push('below'),
    }
  }
}

/** Records one response. */
export class RecordingResponse implements ResponseDecoder {
  readonly events: string[] = []

  decode1xx(headers: HeaderMap & { status: number }): void {
    this.events.push(`1xx ${headers.status}${linesOf(headers)}`)
  }
  decodeHeaders(headers: HeaderMap & { status: number }, end: boolean): void {
    this.events.push(`head ${headers.status}${linesOf(headers)}`)
    if (end) this.events.push('end')
  }
  decodeData(data: ByteQueue, end: boolean): void {
    if (data.length > 0) this.events.push(`data ${textOf(data)}`)
    if (end) this.events.push('end')
  }
  decodeTrailers(trailers: HeaderMap): void {
    this.events.push(`trailers ${linesOf(trailers)}`, 'end')
  }
  onReset(reason: string): void {
    this.events.push(`reset ${reason}`)
  }
  onAboveHighWatermark(): void {
    this.events.push('above')
  }
  onBelowLowWatermark(): void {
    this.events.push('below')
  }
}

export function describe(headers: RequestHeaders): string {
  return `${headers.method} ${headers.path} host=${headers.authority ?? '(none)'}${linesOf(headers)}`
}

export function linesOf(headers: HeaderMap): string {
  let out = ''
  headers.forEach((name, value) => {
    out += `|${name}: ${value}`
  })
  return out
}

export function textOf(data: ByteQueue): string {
  let out = ''
  for (let view = data.shift(); view !== undefined; view = data.shift()) out += Buffer.from(view).latin1Slice()
  return out
}
