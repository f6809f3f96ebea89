/** Timeouts of connections and requests. */
import type { Reader } from '../../../../api/config.ts'
import type { ConnectionManagerSettings } from '../../../../http/connection-manager-settings.ts'

type Timeouts = Pick<
  ConnectionManagerSettings,
  | 'streamIdleTimeoutMs'
  | 'requestTimeoutMs'
  | 'requestHeadersTimeoutMs'
  | 'drainTimeoutMs'
  | 'drainTimeoutJitter'
  | 'delayedCloseTimeoutMs'
  | 'http1SafeMaxConnectionDuration'
>

export function readTimeouts(reader: Reader): Timeouts {
  reader.ignore('stream_flush_timeout', 'HTTP/1 responses have no flow control of their own to wait for')
  return {
    streamIdleTimeoutMs: reader.durationMs('stream_idle_timeout', 300_000),
    requestTimeoutMs: reader.durationMs('request_timeout', 0),
    requestHeadersTimeoutMs: reader.durationMs('request_headers_timeout', 0),
    drainTimeoutMs: reader.durationMs('drain_timeout', 5_000),
    drainTimeoutJitter: (reader.message('drain_timeout_jitter', (jitter) => jitter.number('value', 0)) ?? 0) / 100,
    delayedCloseTimeoutMs: reader.durationMs('delayed_close_timeout', 1_000),
    http1SafeMaxConnectionDuration: reader.bool('http1_safe_max_connection_duration', false),
  }
}
