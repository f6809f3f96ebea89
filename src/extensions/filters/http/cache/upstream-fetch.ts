/**
 * One request to the upstream for what is not stored, or is to be confirmed (Envoy's UpstreamRequest). It lives on when the client
 * goes while a response is being stored.
 */
import type { AsyncClient, AsyncStream, AsyncStreamCallbacks } from '../../../../api/async-client.ts'
import type { ByteQueue } from '../../../../api/bytes.ts'
import type { Dispatcher } from '../../../../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../../../api/headers.ts'
import type { CachedResponse } from '../../../../api/http-cache.ts'
import type { DecoderCallbacks } from '../../../../api/http.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { ByteQueue as Bytes } from '../../../../base/byte-queue.ts'
import { ClientPace } from './client-pace.ts'
import { isStored } from './cacheable.ts'
import { flatten } from './flat-headers.ts'
import { completeConfirmed, isAbout } from './validation.ts'
import type { RequestKey, StoredHead, VariedCache } from './varied-cache.ts'

export interface FetchPlan {
  readonly request: RequestKey
  readonly isHead: boolean
  readonly mayStore: boolean
  /** What is stored and to be confirmed; the headers with its age. */
  readonly stale: { readonly found: CachedResponse; readonly headers: ResponseHeaders } | undefined
  readonly allowedVaryHeaders: readonly StringPredicate[]
}

/** Gives the client what is stored, with the headers of the answer that confirmed it. */
export type GiveStored = (found: CachedResponse, headers: ResponseHeaders) => void

const VIA_UPSTREAM = 'via_upstream'
const UPSTREAM_RESET = { status: 503, body: '', details: 'cache_upstream_reset' }

export class UpstreamFetch implements AsyncStreamCallbacks {
  readonly #plan: FetchPlan
  readonly #cache: VariedCache
  readonly #dispatcher: Dispatcher
  readonly #giveStored: GiveStored
  readonly #pace: ClientPace
  /** Of the client's stream; undefined when it is gone. */
  #client: DecoderCallbacks | undefined
  /** Undefined before it begins and after its end. */
  #stream: AsyncStream | undefined = undefined
  /** Of the response that is being stored. */
  #head: StoredHead | undefined = undefined
  #body: ByteQueue | undefined = undefined

  constructor(plan: FetchPlan, cache: VariedCache, client: DecoderCallbacks, giveStored: GiveStored) {
    this.#plan = plan
    this.#cache = cache
    this.#client = client
    this.#pace = new ClientPace(client)
    this.#dispatcher = client.dispatcher
    this.#giveStored = giveStored
  }

  start(client: AsyncClient, request: RequestHeaders): void {
    const stream = client.start(this, { reader: this.#pace })
    this.#stream = stream
    stream.sendHeaders(request, true)
  }

  /** The client is gone. */
  detach(): void {
    this.#client = undefined
    this.#pace.detach()
    if (this.#head === undefined) this.#end()
  }

  onHeaders(headers: ResponseHeaders, end: boolean): void {
    if (end) this.#stream = undefined
    const { stale, mayStore, allowedVaryHeaders, isHead } = this.#plan
    if (stale !== undefined && headers.status === 304) return this.#confirm(stale.found, stale.headers, headers)
    if (mayStore && isStored(headers, allowedVaryHeaders)) {
      const { status } = headers
      const responseTimeMs = this.#dispatcher.wallNow
      this.#head = { status, headers: flatten(headers), trailers: undefined, responseTimeMs }
      if (end) this.#store(undefined)
    }
    this.#client?.encodeHeaders(headers, isHead || end, VIA_UPSTREAM)
  }

  onData(data: ByteQueue, end: boolean): void {
    if (end) this.#stream = undefined
    if (this.#head !== undefined) {
      if (!this.#cache.reserve(data.length)) this.#forget()
      else {
        const body = (this.#body ??= new Bytes())
        data.forEach((chunk) => body.push(chunk))
        if (end) this.#store(undefined)
      }
    }
    this.#client?.encodeData(data, end)
  }

  onTrailers(trailers: Trailers): void {
    this.#stream = undefined
    if (this.#head !== undefined) this.#store(flatten(trailers))
    this.#client?.encodeTrailers(trailers)
  }

  onReset(): void {
    this.#stream = undefined
    this.#forget()
    this.#client?.sendLocalReply(UPSTREAM_RESET)
  }

  #confirm(found: CachedResponse, stored: ResponseHeaders, answer: ResponseHeaders): void {
    const updates = isAbout(answer, stored)
    completeConfirmed(answer, stored)
    if (updates) this.#cache.update(this.#plan.request, answer, this.#dispatcher.wallNow)
    this.#end()
    if (this.#client !== undefined) this.#giveStored(found, answer)
  }

  #store(trailers: readonly string[] | undefined): void {
    this.#cache.put(this.#plan.request, { ...this.#head!, trailers }, this.#body)
    this.#forget()
  }

  /** Nothing of it is kept any more, and nobody waits for it when the client is gone. */
  #forget(): void {
    if (this.#body !== undefined) this.#cache.release(this.#body.length)
    this.#head = undefined
    this.#body = undefined
    if (this.#client === undefined) this.#end()
  }

  #end(): void {
    const stream = this.#stream
    this.#stream = undefined
    stream?.reset()
  }
}
