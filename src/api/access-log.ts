import type { RequestHeaders, ResponseHeaders, Trailers } from './headers.ts'
import type { StreamInfo } from './stream-info.ts'

/** %ACCESS_LOG_TYPE%. */
export type AccessLogType =
  | 'NotSet'
  | 'TcpConnectionStart'
  | 'TcpUpstreamConnected'
  | 'TcpPeriodic'
  | 'TcpConnectionEnd'
  | 'DownstreamStart'
  | 'DownstreamPeriodic'
  | 'DownstreamEnd'
  | 'DownstreamTunnelSuccessfullyEstablished'
  | 'UpstreamPoolReady'
  | 'UpstreamPeriodic'
  | 'UpstreamEnd'

/** Everything that a formatter may print. Header maps are absent where there is no such part. */
export interface FormatterContext {
  readonly request: RequestHeaders | undefined
  readonly response: ResponseHeaders | undefined
  readonly responseTrailers: Trailers | undefined
  readonly streamInfo: StreamInfo
  readonly localReplyBody: string
  readonly logType: AccessLogType
}

/** One configured access logger, filter included; one object per configuration and thread. */
export interface AccessLogger {
  log(context: FormatterContext): void
  /** A record that its filter keeps from it. */
  passedOver?(context: FormatterContext): void
}

/** A compiled format string. */
export interface Formatter {
  /** Text; unset parts print what the formatter was compiled for (`-` in logs, '' in headers). */
  format(context: FormatterContext): string
}

/** Append-only text files shared by path; owned by the thread. Lines are latin1 strings, one byte a code unit. */
export interface AccessLogFile {
  write(line: string): void
}

export interface AccessLogFiles {
  /** Opens (or shares) the file; the text of the failure when it cannot be opened. `/dev/stdout` and `/dev/stderr` are the process's own. */
  open(path: string): AccessLogFile | { readonly error: string }
}
