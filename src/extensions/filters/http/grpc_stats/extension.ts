/** envoy.filters.http.grpc_stats: gRPC requests and messages by method. */
import type { Extension } from '../../../../api/extension.ts'
import type { GrpcStatsConfig } from './config.ts'
import { parseGrpcStats } from './config.ts'
import { GrpcStatsFilter } from './grpc-stats-filter.ts'
import { MethodStatsTable } from './method-stats.ts'

export const extension: Extension<GrpcStatsConfig, 'envoy.filters.http'> = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.grpc_stats',
  typeNames: ['envoy.extensions.filters.http.grpc_stats.v3.FilterConfig'],
  status: 'stable',
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: parseGrpcStats,
  create: (config, { clusters }) => {
    const shared = { config, clusters, methods: new MethodStatsTable() }
    return (chain) => chain.addFilter(new GrpcStatsFilter(shared))
  },
}
