/** envoy.extensions.filters.http.router.v3.Router, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type { UpstreamLogConfig } from '../../../../router/upstream-log/upstream-log-config.ts'
import { readUpstreamLog } from '../../../../router/upstream-log/upstream-log-config.ts'

export interface RouterConfig {
  readonly suppressEnvoyHeaders: boolean
  readonly dynamicStats: boolean
  readonly respectExpectedTimeout: boolean
  readonly upstreamLog: UpstreamLogConfig
}

export function parseRouter(reader: Reader, context: ParseContext): RouterConfig {
  reader.ignore('start_child_span', 'there is no tracer whose span could have a child')
  return {
    suppressEnvoyHeaders: reader.bool('suppress_envoy_headers', false),
    dynamicStats: reader.bool('dynamic_stats', true),
    upstreamLog: readUpstreamLog(reader, context),
    respectExpectedTimeout: reader.bool('respect_expected_rq_timeout', false),
  }
}
