/** envoy.transport_sockets.tcp_stats: what the system knows of TCP connections, as statistics, at both ends. */
import type { Extension } from '../../../api/extension.ts'
import type { TcpStatsConfig } from './config.ts'
import { parseTcpStats } from './config.ts'
import { TcpStats } from './tcp-stats.ts'
import { TcpStatsSocket } from './tcp-stats-socket.ts'
import { UpstreamTcpStats } from './upstream-tcp-stats.ts'

const DOWNSTREAM = 'envoy.transport_sockets.downstream'
const UPSTREAM = 'envoy.transport_sockets.upstream'
const COMMON = {
  name: 'envoy.transport_sockets.tcp_stats',
  typeNames: ['envoy.extensions.transport_sockets.tcp_stats.v3.Config'],
  status: 'stable',
} as const

const downstream: Extension<TcpStatsConfig<typeof DOWNSTREAM>, typeof DOWNSTREAM> = {
  ...COMMON,
  category: DOWNSTREAM,
  securityPosture: 'robust_to_untrusted_downstream',
  parse: (reader, context) => parseTcpStats(reader, context, DOWNSTREAM),
  create: ({ updatePeriodMs, inner }, context) => {
    const stats = new TcpStats(context.listenerScope)
    const sockets = inner?.extension.create(inner.config, context)
    return { create: () => new TcpStatsSocket(stats, updatePeriodMs, sockets?.create()) }
  },
}

const upstream: Extension<TcpStatsConfig<typeof UPSTREAM>, typeof UPSTREAM> = {
  ...COMMON,
  category: UPSTREAM,
  securityPosture: 'robust_to_untrusted_downstream_and_upstream',
  parse: (reader, context) => parseTcpStats(reader, context, UPSTREAM),
  create: ({ updatePeriodMs, inner }, context) => {
    const stats = new TcpStats(context.scope)
    return new UpstreamTcpStats(stats, updatePeriodMs, inner?.extension.create(inner.config, context))
  },
}

export const extensions = [downstream, upstream]
