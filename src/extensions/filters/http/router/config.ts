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
  readonly strictHeaders: readonly string[]
}

export function parseRouter(reader: Reader, context: ParseContext): RouterConfig {
  reader.ignore('start_child_span', 'there is no tracer whose span could have a child')
  reader.messages('upstream_http_filters', readUpstreamFilter)
  return {
    suppressEnvoyHeaders: reader.bool('suppress_envoy_headers', false),
    dynamicStats: reader.bool('dynamic_stats', true),
    upstreamLog: readUpstreamLog(reader, context),
    strictHeaders: reader.strings('strict_check_headers'),
    respectExpectedTimeout: reader.bool('respect_expected_rq_timeout', false),
  }
}

const UPSTREAM_CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'

/** The codec is the last of every upstream chain, and there is nothing but it. */
function readUpstreamFilter(filter: Reader): void {
  const name = filter.string('name')
  const any = filter.any('typed_config')
  if (any?.typeName === UPSTREAM_CODEC) return
  any?.reader.keep()
  filter.unsupported(any === undefined ? undefined : 'typed_config', `${name} in front of the upstream`)
}
