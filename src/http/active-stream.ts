/**
 * One request and its response: from the codec through the filters and back (Envoy's
 * ConnectionManagerImpl::ActiveStream). Created by the codec's newStream; this part faces the request: its head is
 * checked and completed, the filters are chosen, and what cannot be served is answered.
 */
import type { ByteQueue } from '../api/bytes.ts'
import type { ProtocolError, RequestDecoder, ResetReason, ResponseEncoder } from '../api/codec.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../api/headers.ts'
import type { LocalReply } from '../api/http.ts'
import type { ResponseFlag, StreamInfo } from '../api/stream-info.ts'
import { ByteQueue as Bytes } from '../base/byte-queue.ts'
import { nameSet } from '../codec/headers/field-names.ts'
import { newResponseHeaders } from '../codec/headers/response-headers.ts'
import type { FilterStream } from './filter-chain/filter-stream.ts'
import { StreamFilters } from './filter-chain/stream-filters.ts'
import { buildLocalReply } from './local-reply/build-local-reply.ts'
import { isGrpcRequest } from './local-reply/grpc-status.ts'
import {
  codecError,
  maxStreamDuration,
  REQUEST_TOO_LARGE,
  requestHeadersTimeout,
  requestTimeout,
  RESPONSE_TOO_LARGE,
  streamIdleTimeout,
  OVERLOADED,
  OVERLOADED_LOCALLY,
  UPGRADE_FAILED,
} from './local-reply/causes.ts'
import { checkRequest } from './request-headers/check-request.ts'
import { closesConnection } from './request-headers/closes-connection.ts'
import { upgradeTypeOf } from './request-headers/upgrade.ts'
import { RoutedStream } from './routed-stream.ts'
import type { StreamOwner } from './stream-owner.ts'
import type { TimedStream } from './stream-timers.ts'

const EXPECT = nameSet(['expect'])
const CONTENT_TYPE = nameSet(['content-type'])

export class ActiveStream extends RoutedStream implements RequestDecoder, FilterStream, TimedStream {
  /** A local reply that waits until no decoder filter is on the stack. */
  #waitingReply: LocalReply | undefined = undefined
  /** The request is one that was sent on by a redirect: its headers are complete. */
  #isReplacement = false
  #protocolError = false
  /** As the request came: local replies keep to it when filters change the content-type. */
  #isGrpc = false

  /** `lastOfConnection`: the connection takes no stream after this one. */
  constructor(owner: StreamOwner, encoder: ResponseEncoder, lastOfConnection: boolean) {
    super(owner, encoder, lastOfConnection)
    const { shared, timers } = this
    const { settings } = shared
    timers.attach(this)
    timers.armIdle(this.idleTimeoutMs)
    if (settings.requestTimeoutMs > 0) timers.armRequest(settings.requestTimeoutMs)
    if (settings.requestHeadersTimeoutMs > 0) timers.armRequestHeaders(settings.requestHeadersTimeoutMs)
    if (settings.maxStreamDurationMs > 0) timers.armMaxDuration(settings.maxStreamDurationMs)
    if (settings.accessLog.flushIntervalMs > 0) timers.armAccessLog(settings.accessLog.flushIntervalMs)
  }

  // -------------------------------------------------------------------------------------- from the codec: request

  decodeHeaders(headers: RequestHeaders, end: boolean): void {
    const { owner, shared, streamInfo: info } = this
    const { settings, stats } = shared
    const { connection, protocol } = owner
    this.requestHeaders = headers
    if (headers.mayHave(CONTENT_TYPE)) this.#isGrpc = isGrpcRequest(headers)
    info.requestHeaders = headers
    info.protocol = protocol
    info.lastDownstreamHeaderRxByte = this.dispatcher.now
    if (settings.requestHeadersTimeoutMs > 0) this.timers.armRequestHeaders(0)
    if (closesConnection(protocol, headers)) this.drainsConnection = true
    if (end) this.#onRequestComplete()
    if (shared.context.overload.stopsAcceptingRequests() || shared.shedRequest?.shouldShed() === true) {
      stats.rqOverloadClose.inc()
      // As Envoy: none of the configured filters, and no route, costs what is scarce.
      this.filters = new StreamFilters(this)
      return this.#refuse(settings.appendLocalOverload ? OVERLOADED_LOCALLY : OVERLOADED)
    }
    if (!settings.proxy100Continue && headers.mayHave(EXPECT)) this.#answerExpectation(headers)
    const refusal = checkRequest(headers, protocol, connection, settings, stats, info)
    if (refusal !== undefined) return this.#refuse(refusal)
    if (!this.#isReplacement && this.#refusesClient(headers)) return
    if (settings.scheme === 'match-upstream') info.schemeMatchesUpstream = true
    info.requestId = headers.get('x-request-id')
    this.refreshRoute()
    const kind = this.#createFilters()
    if (kind === 'upgrade') this.#upgrade()
    if (settings.accessLog.flushOnNewRequest) this.log('DownstreamStart')
    if (kind === 'refused' && this.#refuseUpgrade()) return
    // A head that came in one piece has its timer from a moment ago.
    if (this.dispatcher.now !== info.startTime) this.timers.armIdle(this.idleTimeoutMs)
    if (shared.tracing !== undefined) {
      // What was decided of a request holds wherever it is sent on to; the stream that goes on knows nothing of it.
      shared.tracing.begin(this, headers, !this.#isReplacement)
      info.requestId = headers.get('x-request-id')
      this.tracingBegun = true
    }
    this.filters!.decoders.passHeaders(undefined, headers, end)
  }

  #refuse(reply: LocalReply): void {
    this.streamInfo.refusedAtOnce = true
    this.sendLocalReply(reply)
  }

  /** Completes the headers by what is known of the client; true when the request was answered. */
  #refusesClient(headers: RequestHeaders): boolean {
    const { connection, shared, streamInfo: info } = this
    const client = shared.requestMutator.mutate(headers, connection, info)
    if ('status' in client) {
      shared.stats.rqRejectedViaIpDetection.inc()
      this.#refuse(client)
      return true
    }
    if (client !== connection.info.remoteAddress) info.connection = { ...connection.info, remoteAddress: client }
    return false
  }

  decodeData(data: ByteQueue, end: boolean): void {
    if (this.ended) return
    this.timers.armIdle(this.idleTimeoutMs)
    this.streamInfo.bytesReceived += data.length
    if (end) this.#onRequestComplete()
    this.filters?.decoders.passData(undefined, data, end, false)
  }

  decodeTrailers(trailers: Trailers): void {
    if (this.ended) return
    this.timers.armIdle(this.idleTimeoutMs)
    this.requestTrailers = trailers
    this.#onRequestComplete()
    this.filters?.decoders.passTrailers(undefined, trailers)
  }

  onReset(reason: ResetReason, detail: string): void {
    if (this.ended) return
    const { streamInfo: info } = this
    if (detail !== '') info.responseCodeDetails = detail
    if (reason === 'remote-reset' || reason === 'remote-refused-stream-reset') info.setFlag('DR')
    else if (reason === 'protocol-error') info.setFlag('DPE')
    this.shared.stats.rqRxReset.inc()
    this.finish()
  }

  /** The peer broke the protocol: answered where nothing has been sent yet. */
  onCodecError(error: ProtocolError): void {
    if (this.ended) return
    this.#protocolError = true
    this.streamInfo.responseCodeDetails = error.details
    if (error.status > 0 && !this.headersEncoded) this.sendLocalReply(codecError(error))
  }

  /** The connection ends under the stream. */
  onConnectionClosed(flag: ResponseFlag | undefined, details: string): void {
    if (this.ended) return
    const { streamInfo: info } = this
    // What the codec found is the better explanation.
    if (!this.#protocolError && details !== '') info.responseCodeDetails = details
    if (flag !== undefined) info.setFlag(flag)
    this.shared.stats.rqRxReset.inc()
    this.finish()
  }

  /** The flag of a protocol error is the log's: the reply and its formats do not know of it. */
  protected override finish(): void {
    if (this.#protocolError && !this.ended) this.streamInfo.setFlag('DPE')
    super.finish()
  }

  #onRequestComplete(): void {
    this.requestComplete = true
    this.streamInfo.lastDownstreamRxByte = this.dispatcher.now
    if (this.shared.settings.requestTimeoutMs > 0) this.timers.armRequest(0)
  }

  #answerExpectation(headers: RequestHeaders): void {
    if (headers.get('expect')?.toLowerCase() !== '100-continue') return
    this.countResponse(100)
    this.encoder.encode1xx(newResponseHeaders(100))
    headers.remove('expect')
  }

  // ---------------------------------------------------------------------------------------- filters and upgrades

  /** The filters are there also where an upgrade is refused. */
  #createFilters(): 'ordinary' | 'upgrade' | 'refused' {
    const { shared, requestHeaders, route } = this
    const filters = new StreamFilters(this)
    this.filters = filters
    const upgrade = requestHeaders === undefined ? undefined : upgradeTypeOf(requestHeaders)
    if (upgrade === undefined) {
      filters.build(shared.filters, route)
      return 'ordinary'
    }
    const entries = shared.upgradeFilters(upgrade, route?.entry?.upgradeEnabled(upgrade))
    filters.build(entries ?? shared.filters, route)
    return entries === undefined ? 'refused' : 'upgrade'
  }

  #upgrade(): void {
    this.upgraded = true
    this.shared.stats.cxUpgradesTotal.inc()
    this.shared.stats.cxUpgradesActive.inc()
  }

  #refuseUpgrade(): boolean {
    // Where there is no route, the terminal filter says so.
    if (this.route === undefined) return false
    this.shared.stats.rqWsOnNonWsRoute.inc()
    this.sendLocalReply(UPGRADE_FAILED)
    return true
  }

  // ------------------------------------------------------------------------- another stream in the place of this

  recreateStream(response: ResponseHeaders | undefined, body: ByteQueue | undefined): boolean {
    const { requestHeaders, encoder, owner } = this
    if (!this.requestComplete || this.headersEncoded || this.ended || requestHeaders === undefined) {
      return false
    }
    const next = owner.replaceStream(encoder, this.drainsConnection)
    next.follow(this.streamInfo)
    this.#endForAnother(response)
    encoder.setRequestDecoder(next)
    const hasBody = body !== undefined && body.length > 0
    next.decodeHeaders(requestHeaders, !hasBody)
    if (hasBody) next.decodeData(body, true)
    return true
  }

  #endForAnother(response: ResponseHeaders | undefined): void {
    this.streamInfo.responseCodeDetails = 'internal_redirect'
    if (response !== undefined) {
      this.responseHeaders = response
      this.streamInfo.responseCode = response.status
      this.shared.tracing?.count(this.streamInfo)
    }
    this.finish()
  }

  follow(before: StreamInfo): void {
    const { streamInfo: info } = this
    this.#isReplacement = true
    info.connection = before.connection
    info.internalRedirects = before.internalRedirects
    info.bytesReceived = before.bytesReceived
  }

  // ----------------------------------------------------------------------------------------------- local replies

  sendLocalReply(reply: LocalReply): void {
    if (this.ended) return
    const { streamInfo: info } = this
    info.responseCodeDetails = reply.details
    if (reply.flag !== undefined) info.setFlag(reply.flag)
    // The end of a request is told after its last bytes, which are too many already.
    const tooLarge = reply.details === REQUEST_TOO_LARGE.details
    if (tooLarge && info.lastDownstreamRxByte === this.dispatcher.now) this.requestComplete = false
    if (reply.status === 400 && this.owner.isHttp1 && !this.shared.settings.streamErrorOnInvalidMessage) {
      this.drainsConnection = true
    }
    if (this.filters?.announceLocalReply(reply) === true) return this.resetStream('local-reset', reply.details)
    if (this.headersEncoded) return this.resetStream('local-reset', '')
    info.answeredLocally = true
    // Also a refused request passes the filters that look at responses, as far as its route has them.
    if (this.filters === undefined) {
      this.refreshRoute()
      this.#createFilters()
    }
    const { decoders, encoders } = this.filters!
    decoders.aborted = true
    if (this.responseHeaders !== undefined) {
      // A response is on its way through the filters: this one takes its place and passes no filter.
      if (encoders !== undefined) encoders.aborted = true
      this.#sendDirectly(reply)
    } else if (decoders.calling !== 0) this.#waitingReply = reply
    else this.#sendThroughFilters(reply)
  }

  flushLocalReply(): void {
    const reply = this.#waitingReply
    this.#waitingReply = undefined
    if (reply !== undefined && !this.ended) this.#sendThroughFilters(reply)
  }

  onRequestTooLarge(): void {
    this.shared.stats.rqTooLarge.inc()
    this.sendLocalReply(REQUEST_TOO_LARGE)
  }

  onResponseTooLarge(): void {
    this.shared.stats.rsTooLarge.inc()
    this.sendLocalReply(RESPONSE_TOO_LARGE)
  }

  #sendThroughFilters(reply: LocalReply): void {
    const { headers, body } = this.#build(reply)
    this.filters?.encoders?.expectWhole()
    this.respondHeaders(headers, body === '', reply.details)
    if (body !== '') this.respondData(bytesOf(body), true)
  }

  #sendDirectly(reply: LocalReply): void {
    const { headers, body } = this.#build(reply)
    this.responseComplete = true
    this.finishHeaders(headers, body === '')
    if (body !== '' && !this.ended) this.finishData(bytesOf(body), true)
  }

  #build(reply: LocalReply): { readonly headers: ResponseHeaders; readonly body: string } {
    const headers = newResponseHeaders(reply.status)
    this.responseHeaders = headers
    // The route adds its headers to what is said in its name, too.
    this.route?.entry?.finalizeResponseHeaders(headers, this.streamInfo)
    return buildLocalReply(reply, this.requestHeaders, this.#isGrpc, headers, (draft) => {
      // Formats of filters and of the connection manager may ask for it; those of the route are too early.
      this.streamInfo.responseCode = draft.headers.status
      this.shared.localReplies?.rewrite(draft, this)
    })
  }

  // ---------------------------------------------------------------------------------------------------- timeouts

  onStreamIdleTimeout(): void {
    this.shared.stats.rqIdleTimeout.inc()
    this.streamInfo.setFlag('SI')
    this.sendLocalReply(streamIdleTimeout(this.requestComplete))
  }

  onRequestTimeout(): void {
    this.shared.stats.rqTimeout.inc()
    this.sendLocalReply(requestTimeout(this.requestComplete))
  }

  onRequestHeadersTimeout(): void {
    this.shared.stats.rqHeaderTimeout.inc()
    this.sendLocalReply(requestHeadersTimeout(this.requestComplete))
  }

  onMaxStreamDuration(): void {
    this.shared.stats.rqMaxDurationReached.inc()
    this.sendLocalReply(maxStreamDuration(this.requestComplete))
  }

  onAccessLogInterval(): void {
    this.log('DownstreamPeriodic')
    this.timers.armAccessLog(this.shared.settings.accessLog.flushIntervalMs)
  }
}

function bytesOf(text: string): ByteQueue {
  const queue = new Bytes()
  queue.push(Buffer.from(text, 'latin1'))
  return queue
}
