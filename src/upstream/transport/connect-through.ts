/** A connection whose transport socket starts before its user hears that it stands; for sockets that are ready at once. */
import type { ConnectionCallbacks } from '../../api/network.ts'
import type { CreateTransportSocket } from '../../api/transport-socket.ts'
import type { UpstreamConnection } from '../pool/upstream-connection.ts'

export function connectThrough(
  connection: UpstreamConnection,
  create: CreateTransportSocket | undefined,
): UpstreamConnection {
  if (create === undefined) return connection
  const callbacks: ConnectionCallbacks = {
    onEvent: (event) => {
      if (event !== 'connected') return
      connection.removeCallbacks(callbacks)
      create().start(connection, (failure) => {
        if (failure !== undefined) connection.close('no-flush', failure)
      })
    },
    onAboveHighWatermark: () => undefined,
    onBelowLowWatermark: () => undefined,
  }
  connection.addCallbacks(callbacks)
  return connection
}
