/** The terminal filter of the admin's connection manager: waits for the whole request and sends what an endpoint says. */
import type { ResponseHeaders, RequestHeaders } from '../api/headers.ts'
import type { DataStatus, DecoderCallbacks, DecoderFilter, HeadersStatus, TrailersStatus } from '../api/http.ts'
import { ByteQueue } from '../base/byte-queue.ts'
import type { AdminDispatcher } from './admin-dispatcher.ts'
import type { AdminResponse } from './admin-endpoint.ts'

export interface AdminFilterDeps {
  readonly dispatcher: AdminDispatcher
  readonly newResponseHeaders: (status: number) => ResponseHeaders
}

const FORM = 'application/x-www-form-urlencoded'
const FORM_LIMIT_BYTES = 1 << 20

export class AdminFilter implements DecoderFilter {
  readonly #deps: AdminFilterDeps
  readonly #form = new ByteQueue()
  #callbacks: DecoderCallbacks | undefined = undefined
  #headers: RequestHeaders | undefined = undefined
  #over = false

  constructor(deps: AdminFilterDeps) {
    this.#deps = deps
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#callbacks = callbacks
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    this.#headers = headers
    if (end) this.#onComplete()
    return 'stop-iteration'
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    if (this.#isForm()) data.moveTo(this.#form)
    else data.clear()
    if (this.#form.length > FORM_LIMIT_BYTES) {
      this.#over = true
      this.#callbacks?.sendLocalReply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' })
      return 'stop-no-buffer'
    }
    if (end) this.#onComplete()
    return 'stop-no-buffer'
  }

  decodeTrailers(): TrailersStatus {
    this.#onComplete()
    return 'stop'
  }

  onDestroy(): void {
    this.#over = true
  }

  #onComplete(): void {
    const headers = this.#headers
    if (headers === undefined || this.#over) return
    const form = Buffer.from(this.#form.linearize()).latin1Slice()
    const reply = this.#deps.dispatcher.dispatch({ method: headers.method, path: headers.path, form })
    if (reply instanceof Promise) void reply.then((response) => this.#send(response))
    else this.#send(reply)
  }

  #send(response: AdminResponse): void {
    if (this.#over || this.#callbacks === undefined) return
    const headers = this.#deps.newResponseHeaders(response.status)
    if (response.noSniffTwice) headers.add('x-content-type-options', 'nosniff')
    headers.set('content-type', response.contentType)
    headers.set('cache-control', 'no-cache, max-age=0')
    headers.add('x-content-type-options', 'nosniff')
    if (this.#headers?.method === 'HEAD') return this.#callbacks.encodeHeaders(headers, true, DETAILS)
    this.#callbacks.encodeHeaders(headers, false, DETAILS)
    const content = typeof response.body === 'function' ? response.body() : response.body
    const body = new ByteQueue()
    if (typeof content !== 'string') for (const chunk of content) body.push(chunk)
    else if (content !== '') body.push(Buffer.from(content, 'utf8'))
    // An empty body too is sent as one, so that the reply is chunked like every other.
    if (!this.#over) this.#callbacks.encodeData(body, true)
  }

  #isForm(): boolean {
    return this.#headers?.method === 'POST' && this.#headers.get('content-type') === FORM
  }
}

const DETAILS = 'admin_filter_response'
