/** envoy.extensions.filters.http.router.v3.Router, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ParseContext } from '../../../../api/extension.ts'
import type {
  UpstreamFilterConfig,
  UpstreamFilterList,
} from '../../../../router/upstream-filters/upstream-filter-config.ts'
import { readUpstreamFilters } from '../../../../router/upstream-filters/upstream-filter-config.ts'
import type { UpstreamLogConfig } from '../../../../router/upstream-log/upstream-log-config.ts'
import { readUpstreamLog } from '../../../../router/upstream-log/upstream-log-config.ts'

export interface RouterConfig {
  readonly suppressEnvoyHeaders: boolean
  /** Attempts have spans, whatever the connection manager says. */
  readonly startsChildSpan: boolean
  readonly dynamicStats: boolean
  readonly respectExpectedTimeout: boolean
  readonly upstreamLog: UpstreamLogConfig
  readonly strictHeaders: readonly string[]
  readonly hidesGrpcStatuses: boolean
  readonly refusesEarlyConnectData: boolean
  /** But for the codec, which ends the list. */
  readonly upstreamFilterConfigs: readonly UpstreamFilterConfig[] | undefined
}

export function parseRouter(reader: Reader, context: ParseContext): RouterConfig {
  return {
    startsChildSpan: reader.bool('start_child_span', false),
    suppressEnvoyHeaders: reader.bool('suppress_envoy_headers', false),
    dynamicStats: reader.bool('dynamic_stats', true),
    upstreamLog: readUpstreamLog(reader, context),
    upstreamFilterConfigs: readUpstreamFilters(reader, UPSTREAM_FILTERS, context),
    hidesGrpcStatuses: reader.bool('suppress_grpc_request_failure_code_stats', false),
    refusesEarlyConnectData: reader.bool('reject_connect_request_early_data', false),
    strictHeaders: reader.strings('strict_check_headers'),
    respectExpectedTimeout: reader.bool('respect_expected_rq_timeout', false),
  }
}

const UPSTREAM_FILTERS: UpstreamFilterList = {
  field: 'upstream_http_filters',
  chain: 'router upstream http',
  missingCodec: (name, type) =>
    `Error: non-terminal filter named ${name} of type ${type} is the last filter in a router upstream http filter chain. ` +
    'When upstream_http_filters are specified, they must explicitly end with an UpstreamCodec filter.',
}
