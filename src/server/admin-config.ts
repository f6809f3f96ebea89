/** envoy.config.bootstrap.v3.Admin, parsed. */
import type { Reader } from '../api/config.ts'
import type { ParseContext } from '../api/extension.ts'
import type { Address } from '../api/network.ts'
import type { StringPredicate } from '../config/matchers/string-matcher.ts'
import { readStringMatcher } from '../config/matchers/string-matcher.ts'
import type { AccessLogConfig } from '../formatter/access-log/access-log-config.ts'
import { readAccessLogs } from '../formatter/access-log/access-log-config.ts'
import { readAddress } from '../network/address-config.ts'

export interface AdminConfig {
  /** Without an address there is no admin server. */
  readonly address: Address | undefined
  readonly accessLogs: readonly AccessLogConfig[]
  /** Another log, in the default format; undefined: none. */
  readonly accessLogPath: string | undefined
  /** Other paths are answered with 403; empty: all are allowed. */
  readonly allowPaths: readonly StringPredicate[]
}

export function readAdmin(reader: Reader, context: ParseContext): AdminConfig {
  reader.ignore('profile_path', 'where a CPU profile would go; /cpuprofiler makes none')
  reader.ignore('ignore_global_conn_limit', 'there is no global connection limit to be exempt from')
  return {
    address: reader.message('address', readAddress),
    accessLogs: readAccessLogs(reader, 'access_log', nothingFromElsewhere(context)),
    accessLogPath: readAccessLogPath(reader, context),
    allowPaths: reader.messages('allow_paths', readStringMatcher),
  }
}

/** The admin server is there before anything can come from elsewhere. */
function nothingFromElsewhere(context: ParseContext): ParseContext {
  const { require, ...rest } = context
  return require === undefined ? context : rest
}

/** The older way to ask for a log. */
function readAccessLogPath(reader: Reader, context: ParseContext): string | undefined {
  const path = reader.string('access_log_path')
  if (path === '') return undefined
  const opened = context.accessLogFiles.open(path)
  if ('error' in opened) reader.error('access_log_path', 'NU156', opened.error)
  return path
}
