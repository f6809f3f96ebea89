/**
 * The TCP proxy (Envoy docs: configuration/listeners/network_filters/tcp_proxy_filter). One call per configuration and
 * thread; the result makes one session per connection.
 */
import type { FactoryContext } from '../../../../api/extension.ts'
import type { Connection, NetworkFilterFactory } from '../../../../api/network.ts'
import type { ConnectionStats } from '../../../../network/connection-stats.ts'
import type { TcpProxyConfig } from './config.ts'
import { ProxySession } from './proxy-session.ts'
import { ProxyShared } from './proxy-shared.ts'

export function createTcpProxy(config: TcpProxyConfig, context: FactoryContext): NetworkFilterFactory {
  const shared = new ProxyShared(config, context)
  const { stats } = shared
  const connectionStats: ConnectionStats = {
    rxTotal: stats.cxRxBytesTotal,
    rxBuffered: stats.cxRxBytesBuffered,
    txTotal: stats.cxTxBytesTotal,
    txBuffered: stats.cxTxBytesBuffered,
  }
  return (chain) => {
    const connection: Connection & CountsBytes = chain.connection
    connection.setConnectionStats?.(connectionStats)
    chain.addReadFilter(new ProxySession(shared, connection))
  }
}

/** Connections over sockets do; those of tests need not. */
interface CountsBytes {
  setConnectionStats?(stats: ConnectionStats): void
}
