/** envoy.extensions.filters.http.stateful_session.v3.StatefulSession and StatefulSessionPerRoute, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../../api/extension.ts'

export interface StatefulSessionConfig {
  /** Undefined: no sessions, until a route has some. */
  readonly sessionState: ExtensionConfig<'envoy.http.stateful_session'> | undefined
  /** No other host will do. */
  readonly strict: boolean
  readonly notFoundStatus: number
  /** '' : nothing is counted. */
  readonly statPrefix: string
}

export type StatefulSessionPerRoute = StatefulSessionConfig | 'disabled'

export function parseStatefulSession(reader: Reader, context: ParseContext): StatefulSessionConfig {
  const status = reader.number('status_on_strict_destination_not_found', 0)
  const strict = reader.bool('strict', false)
  return {
    sessionState: context.extension(reader, 'session_state', 'envoy.http.stateful_session'),
    strict,
    notFoundStatus: status === 0 ? 503 : status,
    statPrefix: reader.string('stat_prefix'),
  }
}

export function parseStatefulSessionPerRoute(reader: Reader, context: ParseContext): StatefulSessionPerRoute {
  if (reader.bool('disabled', false)) return 'disabled'
  return reader.message('stateful_session', (config) => parseStatefulSession(config, context)) ?? 'disabled'
}
