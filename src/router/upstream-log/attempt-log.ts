/** The record of one attempt: told by the attempt what happens to it, written once it is over. */
import type { AccessLogType, FormatterContext } from '../../api/access-log.ts'
import type { ResetReason } from '../../api/codec.ts'
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { FilterCallbacks } from '../../api/http.ts'
import type { ResponseFlag, StreamInfo, UpstreamInfo } from '../../api/stream-info.ts'
import type { AttemptSpan } from '../../api/tracing.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { flagOf, failureWords } from '../upstream-failure.ts'
import { AttemptInfo } from './attempt-info.ts'
import type { AttemptTracker } from './attempt-tracker.ts'
import type { UpstreamLogs } from './upstream-log-config.ts'

export class AttemptLog implements FormatterContext {
  readonly request: RequestHeaders
  response: ResponseHeaders | undefined = undefined
  responseTrailers: Trailers | undefined = undefined
  readonly localReplyBody = ''
  logType: AccessLogType = 'UpstreamEnd'
  readonly streamInfo: AttemptInfo
  readonly #logs: UpstreamLogs
  readonly #dispatcher: Dispatcher
  readonly #downstream: StreamInfo
  #timer: Timer | undefined = undefined

  readonly #tracker: AttemptTracker | undefined
  readonly #begun: number
  /** Undefined where attempts have none. */
  readonly span: AttemptSpan | undefined

  /** `logs`: undefined where it is the tracker or the span alone that wants to know. */
  constructor(
    logs: UpstreamLogs | undefined,
    stream: Pick<FilterCallbacks, 'dispatcher' | 'streamInfo'>,
    headers: RequestHeaders,
    tracker?: AttemptTracker,
    span?: AttemptSpan,
  ) {
    const { dispatcher, streamInfo: downstream } = stream
    this.#logs = logs ?? NO_LOGS
    this.#tracker = tracker
    this.span = span
    this.#begun = dispatcher.now
    this.#dispatcher = dispatcher
    this.#downstream = downstream
    this.request = headers
    this.streamInfo = new AttemptInfo(downstream, dispatcher.now, dispatcher.wallNow, headers)
    const { flushIntervalMs } = this.#logs
    if (flushIntervalMs === 0) return
    const timer = dispatcher.timer(() => {
      timer.enable(flushIntervalMs)
      this.#write('UpstreamPeriodic')
    })
    timer.enable(flushIntervalMs)
    this.#timer = timer
  }

  onPoolReady(upstream: UpstreamInfo): void {
    const info = this.streamInfo
    info.upstream = upstream
    info.protocol = upstream.protocol
    info.downstreamMeter = this.#downstream.downstreamMeter
    if (this.#logs.flushOnPoolReady) this.#write('UpstreamPoolReady')
  }

  /** The manager changes the headers on their way to the client, so the log has its own. */
  onHeaders(headers: ResponseHeaders): void {
    this.#tracker?.onHeaders(headers)
    if (this.#logs === NO_LOGS && this.span === undefined) return
    const own = newResponseHeaders(headers.status)
    headers.forEach((name, value) => {
      if (name.charCodeAt(0) !== COLON) own.add(name, value)
    })
    this.response = own
    this.streamInfo.responseCode = headers.status
  }

  onReset(reason: ResetReason, failed: UpstreamInfo | undefined): void {
    const info = this.streamInfo
    info.upstream ??= failed
    info.setFlag(flagOf(reason))
    this.span?.onReset(failureWords(reason))
  }

  /** The whole request took too long. */
  onRequestTimeout(): void {
    this.#tracker?.dropTime()
  }

  /** Nobody wants its response any more. */
  onCancelled(): void {
    this.span?.onCancelled()
  }

  /** It took too long, in one way or another. */
  onTimeout(flag: ResponseFlag): void {
    this.streamInfo.setFlag(flag)
  }

  endSpan(): void {
    this.span?.end(this)
  }

  end(): void {
    this.#timer?.disable()
    const { bytesSent, bytesReceived } = this.streamInfo
    this.#tracker?.record(this.request, bytesSent, bytesReceived, this.#dispatcher.now - this.#begun)
    this.#write('UpstreamEnd')
    this.endSpan()
  }

  #write(type: AccessLogType): void {
    this.logType = type
    this.streamInfo.endTime = this.#dispatcher.now
    for (const logger of this.#logs.loggers) logger.log(this)
  }
}

const COLON = 58
const NO_LOGS: UpstreamLogs = { loggers: [], flushOnPoolReady: false, flushIntervalMs: 0 }
