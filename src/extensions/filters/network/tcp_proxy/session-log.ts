/** The access log of one session. */
import type { AccessLogType, FormatterContext } from '../../../../api/access-log.ts'
import type { BytesMeter } from '../../../../api/codec.ts'
import type { Timer } from '../../../../api/event.ts'
import type { Connection } from '../../../../api/network.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'
import { failedUpstream } from '../../../../router/failed-upstream.ts'
import type { EarlyData } from './early-data.ts'
import type { ProxyShared } from './proxy-shared.ts'

export class SessionLog implements FormatterContext {
  readonly request = undefined
  readonly response = undefined
  readonly responseTrailers = undefined
  readonly localReplyBody = ''
  readonly streamInfo: StreamInfo
  logType: AccessLogType = 'TcpConnectionStart'
  readonly #shared: ProxyShared
  readonly #connection: Connection
  readonly #early: EarlyData | undefined
  #timer: Timer | undefined = undefined

  /** `early`: what was received and has not gone anywhere yet. */
  constructor(shared: ProxyShared, connection: Connection, early: EarlyData | undefined) {
    this.#early = early
    const { context, config } = shared
    this.#shared = shared
    this.#connection = connection
    this.streamInfo = connection.streamInfo
    this.streamInfo.requestId = context.random.uuid()
    // Formats tell "no upstream yet" from "nothing that has upstreams".
    this.streamInfo.upstream = failedUpstream(undefined, '')
    const { flushIntervalMs, flushOnStart } = config.accessLog
    if (flushIntervalMs > 0) {
      this.#timer = connection.dispatcher.timer(() => {
        this.#write('TcpPeriodic')
        this.#timer?.enable(flushIntervalMs)
      })
      this.#timer.enable(flushIntervalMs)
    }
    if (flushOnStart) this.#write('TcpConnectionStart')
  }

  upstreamConnected(): void {
    if (this.#shared.config.accessLog.flushOnConnected) this.#write('TcpUpstreamConnected')
  }

  end(): void {
    this.#timer?.disable()
    this.#write('TcpConnectionEnd')
  }

  #write(type: AccessLogType): void {
    const { streamInfo } = this
    const { bytesReceived, bytesSent, upstream } = streamInfo
    this.logType = type
    streamInfo.downstreamMeter = meterOf(bytesReceived, bytesSent)
    // A tunnel's request has a meter of its own.
    if (upstream !== undefined && this.#shared.tunnelingOf(streamInfo) !== undefined) upstream.meter ??= meterOf(0, 0)
    else if (upstream !== undefined) upstream.meter = meterOf(bytesSent, bytesReceived - (this.#early?.length ?? 0))
    streamInfo.endTime = this.#connection.dispatcher.now
    for (const logger of this.#shared.loggers) logger.log(this)
    if (type !== 'TcpConnectionEnd') streamInfo.endTime = undefined
  }
}

function meterOf(wireBytesReceived: number, wireBytesSent: number): BytesMeter {
  return {
    headerBytesReceived: 0,
    headerBytesSent: 0,
    decompressedHeaderBytesReceived: 0,
    wireBytesReceived,
    wireBytesSent,
  }
}
