/** The record of one attempt: told by the attempt what happens to it, written once it is over. */
import type { AccessLogType, FormatterContext } from '../../api/access-log.ts'
import type { ResetReason } from '../../api/codec.ts'
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../api/headers.ts'
import type { FilterCallbacks } from '../../api/http.ts'
import type { StreamInfo, UpstreamInfo } from '../../api/stream-info.ts'
import { newResponseHeaders } from '../../codec/headers/response-headers.ts'
import { flagOf } from '../upstream-failure.ts'
import { AttemptInfo } from './attempt-info.ts'
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

  constructor(logs: UpstreamLogs, stream: Pick<FilterCallbacks, 'dispatcher' | 'streamInfo'>, headers: RequestHeaders) {
    const { dispatcher, streamInfo: downstream } = stream
    this.#logs = logs
    this.#dispatcher = dispatcher
    this.#downstream = downstream
    this.request = headers
    this.streamInfo = new AttemptInfo(downstream, dispatcher.now, dispatcher.wallNow, headers)
    const { flushIntervalMs } = logs
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
  }

  end(): void {
    this.#timer?.disable()
    this.#write('UpstreamEnd')
  }

  #write(type: AccessLogType): void {
    this.logType = type
    this.streamInfo.endTime = this.#dispatcher.now
    for (const logger of this.#logs.loggers) logger.log(this)
  }
}

const COLON = 58
