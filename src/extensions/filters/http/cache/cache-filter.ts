/**
 * Answers from the store, or asks the upstream itself and stores what comes (Envoy's CacheFilter). What it asks goes through a
 * client of its own: filters behind this one, and what the route says beside the name of its cluster, have no part in it.
 */
import type { RequestHeaders, ResponseHeaders } from '../../../../api/headers.ts'
import type { CachedResponse } from '../../../../api/http-cache.ts'
import type { HeadersStatus } from '../../../../api/http.ts'
import { ByteQueue as Bytes } from '../../../../base/byte-queue.ts'
import { copiedHeaders } from '../../../../router/mirror/copied-headers.ts'
import type { StringPredicate } from '../../../../config/matchers/string-matcher.ts'
import { PassThroughDecoderFilter } from '../common/pass-through-decoder-filter.ts'
import type { ByteRange } from './byte-range.ts'
import { requestedRange } from './byte-range.ts'
import type { RequestCacheControl } from './cache-control.ts'
import { NOTHING_ASKED, parseRequestCacheControl } from './cache-control.ts'
import type { CacheClients } from './cache-clients.ts'
import { isLookedUp } from './cacheable.ts'
import { flatten, responseOf, trailersOf } from './flat-headers.ts'
import { ageOf, needsValidation } from './freshness.ts'
import { addConditions } from './validation.ts'
import type { VariedCache } from './varied-cache.ts'
import { keyOf } from './varied-cache.ts'
import type { FetchPlan } from './upstream-fetch.ts'
import { UpstreamFetch } from './upstream-fetch.ts'

/** What the filters of one thread and configuration have in common. */
export interface CacheShared {
  readonly cache: VariedCache
  readonly clients: CacheClients
  readonly allowedVaryHeaders: readonly StringPredicate[]
  readonly ignoreRequestCacheControl: boolean
}

const WHOLE: ByteRange = { kind: 'whole' }
const DETAILS = 'cache.response_from_cache_filter'
const NO_ROUTE = { status: 404, body: '', details: 'cache_no_route' }
const NO_CLUSTER = { status: 503, body: '', details: 'cache_no_cluster' }

export class CacheFilter extends PassThroughDecoderFilter {
  readonly #shared: CacheShared
  #fetch: UpstreamFetch | undefined = undefined
  #isHead = false
  #destroyed = false

  constructor(shared: CacheShared) {
    super()
    this.#shared = shared
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    if (!end || !isLookedUp(headers)) return 'continue'
    this.#isHead = headers.method === 'HEAD'
    // The request is not complete before this call returns, and no response should begin earlier.
    this.callbacks.dispatcher.post(() => {
      if (!this.#destroyed) this.#lookUp(headers)
    })
    return 'stop-all-and-watermark'
  }

  override onDestroy(): void {
    this.#destroyed = true
    this.#fetch?.detach()
    this.#fetch = undefined
  }

  #lookUp(headers: RequestHeaders): void {
    const control = this.#shared.ignoreRequestCacheControl ? NOTHING_ASKED : controlOf(headers)
    const found = this.#shared.cache.get(headers, !this.#isHead)
    if (found === undefined) this.#ask(headers, control, undefined)
    else this.#answer(headers, control, found)
  }

  #answer(request: RequestHeaders, control: RequestCacheControl, found: CachedResponse): void {
    const { status, headers: fields, responseTimeMs } = found.head
    const headers = responseOf(status, fields)
    const age = ageOf(headers, responseTimeMs, this.callbacks.dispatcher.wallNow)
    headers.set('age', String(age))
    if (needsValidation(headers, age, control)) this.#ask(request, control, { found, headers })
    else this.#give(found, headers, requestedRange(request, found.head.bodyLength))
  }

  #ask(request: RequestHeaders, control: RequestCacheControl, stale: FetchPlan['stale']): void {
    const { cache, clients, allowedVaryHeaders } = this.#shared
    const entry = this.callbacks.route?.entry
    if (entry === undefined) return this.callbacks.sendLocalReply(NO_ROUTE)
    const client = clients.of(entry.clusterName)
    if (client === undefined) return this.callbacks.sendLocalReply(NO_CLUSTER)
    const plan: FetchPlan = {
      // What is asked is this request itself, and changes on the way.
      request: { key: keyOf(request), headers: allowedVaryHeaders.length === 0 ? request : copiedHeaders(request) },
      isHead: this.#isHead,
      mayStore: !control.noStore && !this.#isHead,
      stale,
      allowedVaryHeaders,
    }
    if (stale !== undefined) addConditions(request, stale.headers)
    this.#fetch = new UpstreamFetch(plan, cache, this.callbacks, (found, headers) => this.#give(found, headers, WHOLE))
    this.#fetch.start(client, request)
  }

  /** `headers`: of what is stored, with its age; or of the answer that confirmed it. */
  #give({ head, body }: CachedResponse, headers: ResponseHeaders, range: ByteRange): void {
    const { callbacks } = this
    callbacks.streamInfo.setFlag('RFCF')
    const { trailers, bodyLength } = head
    const hasTrailers = trailers !== undefined && range.kind === 'whole'
    const isEmpty = range.kind === 'none' || bodyLength === 0
    const endsHere = this.#isHead || (isEmpty && !hasTrailers)
    callbacks.encodeHeaders(inRange(headers, range, bodyLength), endsHere, DETAILS)
    if (endsHere || this.#destroyed) return
    if (!isEmpty) {
      const data = new Bytes()
      data.push(range.kind === 'part' ? body.subarray(range.begin, range.end) : body)
      callbacks.encodeData(data, !hasTrailers)
    }
    if (hasTrailers && !this.#destroyed) callbacks.encodeTrailers(trailersOf(trailers))
  }
}

function controlOf(headers: RequestHeaders): RequestCacheControl {
  const value = headers.get('cache-control')
  if (value !== undefined && value !== '') return parseRequestCacheControl(value)
  const pragma = headers.get('pragma')
  if (pragma === undefined) return NOTHING_ASKED
  return { ...NOTHING_ASKED, mustValidate: parseRequestCacheControl(pragma).mustValidate }
}

function inRange(headers: ResponseHeaders, range: ByteRange, length: number): ResponseHeaders {
  switch (range.kind) {
    case 'whole':
      return headers
    case 'none':
      return withContent(headers, 416, `bytes */${length}`, 0)
    case 'part':
      return withContent(headers, 206, `bytes ${range.begin}-${range.end - 1}/${length}`, range.end - range.begin)
  }
}

/** The content-length stays where it was, as in Envoy. */
function withContent(headers: ResponseHeaders, status: number, range: string, length: number): ResponseHeaders {
  const flat = flatten(headers)
  flat.push('content-range', range)
  const at = flat.findIndex((text, i) => i % 2 === 0 && text === 'content-length')
  if (at === -1) flat.push('content-length', String(length))
  else flat[at + 1] = String(length)
  return responseOf(status, flat)
}
