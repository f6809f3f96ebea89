/* envoy.filters.http.grpc_stats against the real one. */
import { differentialFilters, filterEntry } from './support/filter-case.ts'

const MESSAGE = '\0\0\0\0\u0001a'
const GRPC = 'content-type: application/grpc'

for (const [name, config] of Object.entries({
  'all methods': { stats_for_all_methods: true, emit_filter_state: true, enable_upstream_stats: true },
  'a list': { individual_method_stats_allowlist: { services: [{ name: 'pkg.Svc', method_names: ['One', 'Two'] }] } },
  'a list, no dots, times': {
    individual_method_stats_allowlist: { services: [{ name: 'pkg.Svc', method_names: ['One'] }] },
    replace_dots_in_grpc_service_name: true,
    enable_upstream_stats: true,
    emit_filter_state: true,
  },
  'no methods, no dots': { replace_dots_in_grpc_service_name: true },
  'all methods, no dots': { stats_for_all_methods: true, replace_dots_in_grpc_service_name: true },
})) {
  differentialFilters(`grpc_stats: ${name}`, {
    filters: [filterEntry('grpc_stats', 'grpc_stats.v3.FilterConfig', config)],
    stats: /^cluster\.app\.grpc\./,
    log: '%FILTER_STATE(envoy.filters.http.grpc_stats)% %FILTER_STATE(envoy.filters.http.grpc_stats:PLAIN)%',
    requests: [
      ['ok', 'POST /pkg.Svc/One', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['two messages', 'POST /pkg.Svc/Two?q', [GRPC, 'x-do: header=grpc-status: 5'], MESSAGE + MESSAGE],
      ['other method', 'POST /pkg.Svc/Three', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['answered as gRPC', 'POST /pkg.Svc/One', [GRPC, 'x-do: header=content-type: application/grpc'], MESSAGE],
      [
        'answered as gRPC, not asked',
        'POST /pkg.Svc/One',
        [`x-do: header=content-type: application/grpc;body=${MESSAGE}`],
        MESSAGE,
      ],
      ['nothing but headers', 'POST /pkg.Svc/One', [GRPC, 'x-do: body=;header=grpc-status: 0'], MESSAGE],
      ['no status', 'POST /pkg.Svc/One', [GRPC], MESSAGE],
      ['no method', 'POST /pkg.Svc', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['too deep', 'POST /a/b/c', [GRPC, 'x-do: header=grpc-status: 0'], MESSAGE],
      ['not gRPC', 'POST /pkg.Svc/One', ['x-do: header=grpc-status: 0'], MESSAGE],
      ['gRPC-Web', 'POST /pkg.Svc/One', ['content-type: application/grpc-web', 'x-do: header=grpc-status: 0'], MESSAGE],
      ['local reply', 'POST /pkg.Svc/One', [GRPC, 'x-do: reset'], MESSAGE],
    ],
  })
}
