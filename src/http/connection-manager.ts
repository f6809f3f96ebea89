/**
 * The HTTP connection manager: the network filter that speaks HTTP with clients (Envoy docs:
 * configuration/http/http_conn_man). One call per configuration and thread; the result makes one filter per connection.
 */
import type { FactoryContext } from '../api/extension.ts'
import type { Connection, NetworkFilterFactory } from '../api/network.ts'
import type { ConnectionStats } from '../network/connection-stats.ts'
import type { ConnectionManagerConfig } from './connection-manager-config.ts'
import { ManagerShared } from './manager-shared.ts'
import { ServerConnection } from './server-connection.ts'

export function createConnectionManager(
  config: ConnectionManagerConfig,
  context: FactoryContext,
): NetworkFilterFactory {
  const shared = new ManagerShared(config, context)
  const { stats } = shared
  const connectionStats: ConnectionStats = {
    rxTotal: stats.cxRxBytesTotal,
    rxBuffered: stats.cxRxBytesBuffered,
    txTotal: stats.cxTxBytesTotal,
    txBuffered: stats.cxTxBytesBuffered,
    delayedCloseTimeouts: stats.cxDelayedCloseTimeout,
  }
  return (chain) => {
    const { connection } = chain
    if (countsBytes(connection)) connection.setConnectionStats(connectionStats)
    chain.addReadFilter(new ServerConnection(shared, connection))
  }
}

interface CountsBytes {
  setConnectionStats(stats: ConnectionStats): void
}

/** Connections over sockets do; those of tests need not. */
function countsBytes(connection: Connection): connection is Connection & CountsBytes {
  return 'setConnectionStats' in connection
}
