/** envoy.extensions.filters.http.router.v3.Router, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../../api/extension.ts'
import { below } from '../../../../config/below.ts'
import type { UpstreamLogConfig } from '../../../../router/upstream-log/upstream-log-config.ts'
import { readUpstreamLog } from '../../../../router/upstream-log/upstream-log-config.ts'

export interface RouterConfig {
  readonly suppressEnvoyHeaders: boolean
  readonly dynamicStats: boolean
  readonly respectExpectedTimeout: boolean
  readonly upstreamLog: UpstreamLogConfig
  readonly strictHeaders: readonly string[]
  /** But for the codec, which ends the list. */
  readonly upstreamFilterConfigs: readonly ExtensionConfig<'envoy.filters.http'>[]
}

export function parseRouter(reader: Reader, context: ParseContext): RouterConfig {
  reader.ignore('start_child_span', 'there is no tracer whose span could have a child')
  return {
    suppressEnvoyHeaders: reader.bool('suppress_envoy_headers', false),
    dynamicStats: reader.bool('dynamic_stats', true),
    upstreamLog: readUpstreamLog(reader, context),
    upstreamFilterConfigs: readUpstreamFilters(reader, context),
    strictHeaders: reader.strings('strict_check_headers'),
    respectExpectedTimeout: reader.bool('respect_expected_rq_timeout', false),
  }
}

const UPSTREAM_CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'
/** What may stand in front of an upstream. */
const UPSTREAM_FILTERS: readonly string[] = ['envoy.extensions.filters.http.header_mutation.v3.HeaderMutation']

function readUpstreamFilters(reader: Reader, context: ParseContext): ExtensionConfig<'envoy.filters.http'>[] {
  const filters: ExtensionConfig<'envoy.filters.http'>[] = []
  let last = ''
  reader.messages('upstream_http_filters', (filter) => {
    // Looked at without reading: who reads the Any once must read all of it.
    const typeUrl = String(below(filter.json, 'typed_config', '@type') ?? '')
    last = typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
    if (UPSTREAM_FILTERS.includes(last)) {
      const resolved = context.namedExtension(filter, 'envoy.filters.http')
      if (resolved !== undefined) filters.push(resolved)
      return
    }
    const name = filter.string('name')
    const any = filter.any('typed_config')
    any?.reader.keep()
    if (last === UPSTREAM_CODEC) return
    filter.unsupported(any === undefined ? undefined : 'typed_config', `${name} in front of the upstream`)
  })
  if (last !== '' && last !== UPSTREAM_CODEC) {
    const message = 'Error: non-terminal filter is the last filter in a router upstream http filter chain.'
    reader.error('upstream_http_filters', 'NU171', message, 'put envoy.filters.http.upstream_codec behind it')
  }
  return filters
}
