/** A filter chain under test: filters that do as they are told and write down what they see. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  HeadersStatus,
  HttpFilterFactory,
  LocalReply,
  TrailersStatus,
} from '../../api/http.ts'
import { ByteQueue as Bytes } from '../../base/byte-queue.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { DEFAULT_HTTP1_SERVER_SETTINGS } from '../../codec/http1/settings.ts'
import type { TerminalFilter } from './manager-harness.ts'
import { ManagerHarness } from './manager-harness.ts'

export function bytes(text: string): ByteQueue {
  const queue = new Bytes()
  queue.push(Buffer.from(text))
  return queue
}

export function textOf(data: ByteQueue): string {
  return Buffer.from(data.linearize()).latin1Slice()
}

/** Says what it is told to, and keeps a diary: `a:H`, `a:D(text)`, `a:T`; `!` behind them is the end of the message. */
export class ScriptedFilter implements DecoderFilter, EncoderFilter {
  decoder!: DecoderCallbacks
  encoder!: EncoderCallbacks
  onHeaders: (headers: RequestHeaders, end: boolean) => HeadersStatus = () => 'continue'
  onData: (data: ByteQueue, end: boolean) => DataStatus = () => 'continue'
  onTrailers: (trailers: Trailers) => TrailersStatus = () => 'continue'
  onResponseHeaders: (headers: ResponseHeaders, end: boolean) => HeadersStatus = () => 'continue'
  onResponseData: (data: ByteQueue, end: boolean) => DataStatus = () => 'continue'
  onResponseTrailers: (trailers: Trailers) => TrailersStatus = () => 'continue'
  on1xx: () => 'continue' | 'stop' = () => 'continue'
  onReply: (reply: LocalReply) => 'continue' | 'continue-and-reset' = () => 'continue'
  readonly #name: string
  readonly #diary: string[]

  constructor(name: string, diary: string[]) {
    this.#name = name
    this.#diary = diary
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.decoder = callbacks
  }
  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.encoder = callbacks
  }
  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    this.#note('H', end)
    return this.onHeaders(headers, end)
  }
  decodeData(data: ByteQueue, end: boolean): DataStatus {
    this.#note(`D(${textOf(data)})`, end)
    return this.onData(data, end)
  }
  decodeTrailers(trailers: Trailers): TrailersStatus {
    this.#note('T', true)
    return this.onTrailers(trailers)
  }
  decodeComplete(): void {
    this.#note('C', false)
  }
  encode1xx(): 'continue' | 'stop' {
    this.#note('1xx', false)
    return this.on1xx()
  }
  encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    this.#note('h', end)
    return this.onResponseHeaders(headers, end)
  }
  encodeData(data: ByteQueue, end: boolean): DataStatus {
    this.#note(`d(${textOf(data)})`, end)
    return this.onResponseData(data, end)
  }
  encodeTrailers(trailers: Trailers): TrailersStatus {
    this.#note('t', true)
    return this.onResponseTrailers(trailers)
  }
  encodeComplete(): void {
    this.#note('c', false)
  }
  onLocalReply(reply: LocalReply): 'continue' | 'continue-and-reset' {
    this.#note(`reply(${reply.details})`, false)
    return this.onReply(reply)
  }
  onStreamComplete(): void {
    this.#note('complete', false)
  }
  onDestroy(): void {
    this.#note('destroy', false)
  }
  #note(what: string, end: boolean): void {
    this.#diary.push(`${this.#name}:${what}${end ? '!' : ''}`)
  }
}

/** Two scripted filters, a client and an upstream. */
export class ScriptedChain {
  readonly diary: string[] = []
  readonly a = new ScriptedFilter('a', this.diary)
  readonly b = new ScriptedFilter('b', this.diary)
  readonly h: ManagerHarness

  constructor(filters?: readonly HttpFilterFactory[], bufferLimit?: number) {
    this.h = new ManagerHarness({
      config: { codec: { ...DEFAULT_HTTP1_SERVER_SETTINGS, enableTrailers: true } },
      settings: { proxy100Continue: true },
      filters: filters ?? [(chain) => chain.addFilter(this.a), (chain) => chain.addFilter(this.b)],
    })
    if (bufferLimit !== undefined) this.h.connection.bufferLimit = bufferLimit
  }

  get(): this {
    this.h.connection.receive('GET / HTTP/1.1\r\nhost: h\r\n\r\n')
    return this
  }

  open(): this {
    this.h.connection.receive('POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n')
    return this
  }

  chunk(text: string): this {
    this.h.connection.receive(`${text.length.toString(16)}\r\n${text}\r\n`)
    return this
  }

  end(trailer = ''): this {
    this.h.connection.receive(`0\r\n${trailer === '' ? '' : `${trailer}\r\n`}\r\n`)
    return this
  }

  /** The terminal filter. */
  get upstream(): TerminalFilter {
    return this.h.stream
  }

  respond(body?: string, end = true): this {
    this.upstream.callbacks.encodeHeaders(newResponseHeaders(200), body === undefined, 'via_upstream')
    if (body !== undefined) this.upstream.callbacks.encodeData(bytes(body), end)
    return this
  }

  /** The diary since the last look, but for the notes about the end. */
  seen(): string {
    const notes = this.diary.splice(0)
    return notes.filter((note) => !/:[Cc]$|:complete$|:destroy$/.test(note)).join(' ')
  }

  out(): string {
    return this.h.connection.take()
  }
}
