/** envoy.extensions.filters.http.grpc_stats.v3.FilterConfig, parsed. */
import type { Reader } from '../../../../api/config.ts'

export interface GrpcStatsConfig {
  /** Counts of messages for the log. */
  readonly emitsFilterState: boolean
  /** Which methods are counted by their own names; the others are counted together. */
  readonly methods: 'all' | ReadonlySet<string>
  readonly countsUpstreamTime: boolean
  readonly replacesDots: boolean
}

export function parseGrpcStats(reader: Reader): GrpcStatsConfig {
  return {
    emitsFilterState: reader.bool('emit_filter_state', false),
    methods: readMethods(reader),
    countsUpstreamTime: reader.bool('enable_upstream_stats', false),
    replacesDots: reader.bool('replace_dots_in_grpc_service_name', false),
  }
}

function readMethods(reader: Reader): GrpcStatsConfig['methods'] {
  if (reader.bool('stats_for_all_methods', false)) return 'all'
  const methods = reader.message('individual_method_stats_allowlist', (list) =>
    list.messages('services', (service) => {
      const name = service.string('name')
      return service.strings('method_names').map((method) => `${name}/${method}`)
    }),
  )
  return new Set(methods?.flat())
}
