/** `upstream_log` of the router: a record for each attempt. */
import type { AccessLogger } from '../../api/access-log.ts'
import type { Reader } from '../../api/config.ts'
import type { FactoryContext, ParseContext } from '../../api/extension.ts'
import type { AccessLogConfig } from '../../formatter/access-log/access-log-config.ts'
import { createAccessLoggers, readAccessLogs } from '../../formatter/access-log/access-log-config.ts'

export interface UpstreamLogConfig {
  readonly accessLogs: readonly AccessLogConfig[]
  /** Also when the attempt has a connection. */
  readonly flushOnPoolReady: boolean
  /** Also in between, so often; 0: never. */
  readonly flushIntervalMs: number
}

/** Of one router filter on one thread. */
export interface UpstreamLogs {
  readonly loggers: readonly AccessLogger[]
  readonly flushOnPoolReady: boolean
  readonly flushIntervalMs: number
}

export function readUpstreamLog(reader: Reader, context: ParseContext): UpstreamLogConfig {
  const options = reader.message('upstream_log_options', (message) => ({
    flushOnPoolReady: message.bool('flush_upstream_log_on_upstream_stream', false),
    flushIntervalMs: message.durationMs('upstream_log_flush_interval', 0),
  }))
  return {
    accessLogs: readAccessLogs(reader, 'upstream_log', context),
    flushOnPoolReady: false,
    flushIntervalMs: 0,
    ...options,
  }
}

/** Undefined: nobody wants to know. */
export function createUpstreamLogs(config: UpstreamLogConfig, context: FactoryContext): UpstreamLogs | undefined {
  const { accessLogs, flushOnPoolReady, flushIntervalMs } = config
  if (accessLogs.length === 0) return undefined
  return { loggers: createAccessLoggers(accessLogs, context), flushOnPoolReady, flushIntervalMs }
}
